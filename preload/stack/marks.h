/* Who is at work on what a thread keeps for its scopes.
 *
 * DESIGN. A hook may be interrupted anywhere by a signal handler, and that may call hooks, leave by a longjmp, or swap
 * contexts and come back much later. So a mark that is found set was left behind, or its owner is suspended on whatever
 * stack. Addresses do not tell the one from the other: alternate stacks and fibers lie anywhere. The owner's own frame
 * does: a mark stands in it and holds a word made from its own address, which is gone once the frame has been used for
 * something else. As long as it is there, whoever comes later keeps off. */
#ifndef LW_MARKS_H
#define LW_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "system/system.h"
#include "thread.h"

#pragma GCC visibility push(hidden)

struct lw_mark {
    uint64_t word;
};

#define LW_MARK_KEY 0x6d61726b5e7a91c3ULL

/* The slow half: somebody's mark is set already. */
bool lw_mark_take_over(struct lw_thread *thread, struct lw_mark *mark);

/* False: another context of this thread is in the middle of it. */
static inline bool lw_mark_set(struct lw_thread *thread, struct lw_mark *mark)
{
    __atomic_store_n(&mark->word, (uint64_t)mark ^ LW_MARK_KEY, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    bool set = lw_replace(&thread->inside, NULL, mark) || lw_mark_take_over(thread, mark);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return set;
}

static inline void lw_mark_clear(struct lw_thread *thread, struct lw_mark *mark)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (thread->inside == mark)
        thread->inside = NULL;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    __atomic_store_n(&mark->word, 0, __ATOMIC_RELAXED);
}

#pragma GCC visibility pop

#endif
