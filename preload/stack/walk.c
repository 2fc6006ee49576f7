/* The walk up a stack: in the plain way where that goes, else by libunwind. */
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

bool lw_stack_walk_by_libunwind(struct lw_walk *walk, const void *frame)
{
    load_unwinder();
    return lw_walk(walk, lw_options.depth, LW_CALLER_PC(frame), LW_CALLER_SP(frame), LW_CALLER_FP(frame));
}

static bool walk_plainly(struct lw_walk *walk, const void *frame)
{
    return lw_plain_walk(walk, lw_options.depth, LW_CALLER_PC(frame), LW_CALLER_SP(frame), LW_CALLER_FP(frame));
}

/* Where libunwind is wanted, and is not there, what is plain must do. */
bool lw_stack_walk(struct lw_walk *walk, const void *frame)
{
    if (lw_options.unwind && walk_plainly(walk, frame))
        return true;
    if (lw_stack_walk_by_libunwind(walk, frame))
        return true;
    if (lw_options.unwind) {
        walk_plainly(walk, frame);
        walk->learnable = false; /* it may be there another time */
    }
    return walk->depth > 1;
}
