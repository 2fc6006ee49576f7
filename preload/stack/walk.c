/* The walk up a stack: in the plain way where that goes, else by libunwind. */
#include "aside.h"
#include "plain_walk.h"
#include "process/process.h"
#include "system/system.h"
#include "trace.h"
#include "unwinder.h"

/* It comes with the first stack that is not plain. */
static void load_unwinder(void)
{
    if (lw_options.unwind && __atomic_load_n(&lw_unwinder, __ATOMIC_ACQUIRE) == LW_UNWINDER_UNTRIED)
        lw_unwinder_load();
}

#define PATIENCE 2000 /* it takes half a millisecond, as a rule */

/* Another thread is at it. */
static void wait_for_unwinder(void)
{
    for (int i = 0; i < PATIENCE && !lw_strict; i++) {
        if (__atomic_load_n(&lw_unwinder, __ATOMIC_ACQUIRE) != LW_UNWINDER_LOADING)
            return;
        lw_system0(SYS_sched_yield);
    }
}

bool lw_stack_walk_by_libunwind(struct lw_walk *walk, const void *frame)
{
    load_unwinder();
    wait_for_unwinder();
    return lw_walk(walk, lw_options.depth, LW_CALLER_PC(frame), LW_CALLER_SP(frame), LW_CALLER_FP(frame));
}

static bool walk_plainly(struct lw_walk *walk, const void *frame)
{
    return lw_plain_walk(walk, lw_options.depth, LW_CALLER_PC(frame), LW_CALLER_SP(frame), LW_CALLER_FP(frame));
}

static void prepare(void *nothing)
{
    (void)nothing;
    load_unwinder();
}

void lw_stack_prepare(void)
{
    if (!lw_strict && lw_keeping() && lw_unwinder == LW_UNWINDER_UNTRIED)
        lw_aside(prepare, NULL);
}

/* Who calls from many places is no short process, and may do without a walk what it cannot do without libunwind, or change to
 * a root where there is none: then it is loaded while there is time. Where it is wanted, and is not there, what is plain must
 * do. */
bool lw_stack_walk(struct lw_walk *walk, const void *frame)
{
    if (lw_options.unwind && walk_plainly(walk, frame)) {
        if (__builtin_expect(lw_plain_walk_is_long_lived(), 0))
            load_unwinder();
        return true;
    }
    if (lw_stack_walk_by_libunwind(walk, frame))
        return true;
    if (lw_options.unwind) {
        walk_plainly(walk, frame);
        walk->learnable = false; /* it may be there another time */
    }
    return walk->depth > 1;
}
