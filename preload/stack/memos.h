/* What the last events with a remembered stack came to, in words that can be read and written whenever.
 *
 * DESIGN. A memo stands in an entry of the ring (stack.c), and the hook that uses it may be suspended between any two
 * instructions by a signal handler that swaps contexts: when it goes on, the entry may be gone, and its place another
 * one's, or the middle of one. So each memo is a pair of words that is read by one instruction, and replaced by one that
 * does so only if the pair still is what was read. Its key says everything that the value depends on, the stack too; and
 * no other word of the ring has the highest bit set. So what is read at a place that is another's by now is never taken
 * for an answer, and what is written there either replaces a memo of the same stack, or is not written. */
#ifndef LW_MEMOS_H
#define LW_MEMOS_H

#include "ledger/ledger.h"
#include "real/real.h"
#include "trace.h"

#define LW_MEMO_KEY (1ULL << 63)
#define LW_MEMO_RELEASED (1ULL << 62)
#define LW_MEMO_STACK_SHIFT 42
/* acquired: stack:20 | scope + 1:13 | hook:10 | two spare | site:17, 0: none; the value is 0 | kind:7 | the
 * address of its counters:56, for one call may acquire a terminal and a child, or duplicate this and that */
#define LW_MEMO_KIND_SHIFT 56
#define LW_MEMO_SITES (1u << 17)
#define LW_MEMO_SCOPE_SHIFT 29
#define LW_MEMO_HOOK_SHIFT 19
/* released: stack:20 | site:17 | hook:10 | writable | …; the value is where the two counters stand */
#define LW_MEMO_SITE_SHIFT 25
#define LW_MEMO_RELEASE_HOOK_SHIFT 15
#define LW_MEMO_WRITABLE (1ULL << 14)
_Static_assert(LW_HOOK_COUNT < 1 << 10, "a hook's number must fit a memo's key");
_Static_assert(LW_SCOPE_CAP < 1 << 13, "a scope's number must fit a memo's key");
_Static_assert(LW_THREAD < 1 << 7, "a kind must fit a memo's value");

static inline uint64_t lw_memo_acquired(uint32_t stack, uint32_t scope, uint32_t hook)
{
    uint64_t path = (uint64_t)(scope + 1) << LW_MEMO_SCOPE_SHIFT; /* that of what is folded is 0 */
    return LW_MEMO_KEY | (uint64_t)stack << LW_MEMO_STACK_SHIFT | path | (uint64_t)hook << LW_MEMO_HOOK_SHIFT;
}

static inline uint64_t lw_memo_released(uint32_t stack, uint32_t site, uint32_t hook)
{
    uint64_t key = LW_MEMO_KEY | LW_MEMO_RELEASED | (uint64_t)stack << LW_MEMO_STACK_SHIFT;
    return key | (uint64_t)site << LW_MEMO_SITE_SHIFT | (uint64_t)hook << LW_MEMO_RELEASE_HOOK_SHIFT;
}

/* Of a stack of which nothing is known yet: no scope has this number, no site is 0. */
static inline struct lw_memo lw_memo_of(uint32_t stack)
{
    return (struct lw_memo){{LW_MEMO_KEY | (uint64_t)stack << LW_MEMO_STACK_SHIFT, 0},
                            {LW_MEMO_KEY | LW_MEMO_RELEASED | (uint64_t)stack << LW_MEMO_STACK_SHIFT, 0}};
}

/* `there` is what was read: if that is not this stack's, its place is not either. */
static inline void lw_memo_set(struct lw_pair *pair, uint32_t stack, struct lw_pair there, struct lw_pair memo)
{
    bool is_ours = there.key & LW_MEMO_KEY && (uint32_t)(there.key >> LW_MEMO_STACK_SHIFT & 0xfffff) == stack;
    if (is_ours)
        lw_pair_replace(pair, there, memo);
}

#endif
