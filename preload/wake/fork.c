/* fork and vfork: whose memory, whose ledger.
 *
 * DESIGN. A forked child inherits a writable map of its parent's ledger. A word in a page that the kernel wipes on fork
 * tells it so before its first record, whichever way it was forked. It then has no ledger until it acquires something:
 * most children only rearrange a few descriptors and call exec. A vfork child runs on the parent's memory; there only
 * the pid can tell, and is asked only after a vfork in the same thread. */
#include <string.h>
#include <sys/syscall.h>

#include "ledger/ledger.h"
#include "process/process.h"
#include "stack/stack.h"
#include "system/system.h"
#include "wake.h"

LW_HOT_DATA uint32_t lw_sharing;
LW_HOT_DATA bool lw_in_child;

bool lw_vfork_over(struct lw_thread *thread)
{
    if ((lw_strict && !lw_careful) || (lw_own_pid() != lw_pid && *lw_owner == LW_OURS))
        return false;
    thread->vforked = lw_sharing != 0;
    return true;
}

/* ---- The child ---- */

#define SETTLING 1u /* in *lw_owner: a thread is at work in lw_forked */
#define REMEMBERED 1024
static uint64_t changed[REMEMBERED / 64];
LW_START_DATA uint64_t lw_forked_at;
LW_START_DATA uint32_t lw_forks;

static LW_START_DATA int32_t children;

enum { CHILDREN_LEAST = -8 };

/* It may be below 0: a handler, or another thread, waits for a child that this thread is about to count. It does not go on
 * falling where children are waited for that are never counted, those of clone and of the image before this one: those that
 * nobody waits for later would be hidden behind them. */
int32_t lw_children_unwritten(int32_t more)
{
    int32_t before = __atomic_load_n(&children, __ATOMIC_RELAXED), now;
    do
        now = before + more > CHILDREN_LEAST ? before + more : CHILDREN_LEAST;
    while (!__atomic_compare_exchange_n(&children, &before, now, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return now;
}

/* Only one thread settles the child; threads that it starts at once may all come here. */
static bool settles(void)
{
    uint32_t wiped = 0;
    if (__atomic_compare_exchange_n(lw_owner, &wiped, SETTLING, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return true;
    for (int i = 0; i < 1000 && *lw_owner == SETTLING; i++)
        lw_system0(SYS_sched_yield);
    return false;
}

bool lw_forked(void)
{
    if (!settles())
        return *lw_owner == LW_OURS;
    bool known = lw_keeping();
    if (known) {
        lw_map_close(&lw_parent); /* the grandparent's; each generation would keep one more */
        lw_parent = lw_map;
        memset(changed, 0, sizeof changed);
    }
    lw_roll_forked();
    lw_unwinder_forked();
    lw_in_child = true;
    children = 0;
    lw_forks++;
    lw_forked_at = known ? lw_now() : 0;
    lw_pid = lw_own_pid();
    if (!lw_pid)
        lw_pid = lw_own_tid();
    lw_thread = (struct lw_thread){.busy = lw_thread.busy};
    lw_new_era();
    if (__atomic_load_n(&lw_phase, __ATOMIC_ACQUIRE) != LW_PHASE_OFF)
        __atomic_store_n(&lw_phase, LW_PHASE_READY, __ATOMIC_RELEASE);
    __atomic_store_n(lw_owner, LW_OURS, __ATOMIC_RELEASE);
    return true;
}

void lw_child_changed(int fd)
{
    if (lw_in_child && fd >= 0 && fd < REMEMBERED)
        changed[fd / 64] |= 1ULL << fd % 64;
}

void lw_child_swept(unsigned first, unsigned last)
{
    for (unsigned fd = first; lw_in_child && fd <= last && fd < REMEMBERED; fd++)
        lw_child_changed((int)fd);
}

bool lw_child_has_changed(unsigned fd)
{
    return lw_in_child && fd < REMEMBERED && changed[fd / 64] >> fd % 64 & 1;
}

bool lw_parent_hold(void)
{
    uint32_t ready = LW_PHASE_READY;
    if (!lw_parent.base ||
        !__atomic_compare_exchange_n(&lw_phase, &ready, LW_PHASE_BEGINNING, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return false;
    if (lw_map.base == lw_parent.base)
        return true;
    lw_parent_let_go();
    return false;
}

void lw_parent_let_go(void)
{
    __atomic_store_n(&lw_phase, LW_PHASE_READY, __ATOMIC_RELEASE);
}
