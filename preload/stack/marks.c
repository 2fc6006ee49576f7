/* A mark that is found set: is its owner still there? */
#include "marks.h"

#include "process/process.h"
#include "system/system.h"

static bool still_stands(const struct lw_mark *mark)
{
    uint64_t word;
    if (lw_strict)
        return true; /* nothing may be asked: the stack it lies on may be gone */
    return lw_copy_in(&word, mark, sizeof word) && word == ((uint64_t)mark ^ LW_MARK_KEY);
}

/* A mark at the very place of this one was left behind: that frame is now ours. */
bool lw_mark_take_over(struct lw_thread *thread, struct lw_mark *mark)
{
    struct lw_mark *other = thread->inside;
    if ((!other || other == mark || !still_stands(other)) && lw_replace(&thread->inside, other, mark))
        return true;
    __atomic_store_n(&mark->word, 0, __ATOMIC_RELAXED);
    return false;
}
