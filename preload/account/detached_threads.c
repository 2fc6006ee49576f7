/* Threads that nobody is to join, for as long as they run.
 *
 * DESIGN. As soon as such a thread has ended, its pthread_t may be another's. So one that is created detached writes down
 * by itself that it is there, and each gives its slot back at its end. Who detaches a thread and that thread at its end both
 * set a flag and see whether the other one has been set: whoever comes second gives the slot back. Where no thread
 * can tell of its end, detaching one is all that is written down. */
#include "detached_threads.h"

#include <errno.h>

#include "account.h"
#include "ledger/ledger.h"
#include "process/process.h"
#include "stack/stack.h"
#include "wake/wake.h"

void lw_detached_foresee(struct lw_call *call, struct lw_start *start, uint32_t stack)
{
    int error = errno;
    struct lw_record record;
    struct lw_site_count *count;
    if (lw_record_open(&record, call, true)) {
        start->site = lw_record_site(&record, LW_THREAD, &count);
        start->creator = record.thread->id;
        start->created = record.now;
        start->stack = stack;
        start->begins = lw_stack_of_address((uint64_t)start->routine + 1);
        lw_record_close(&record);
    }
    errno = error;
}

void lw_detached_begin(const struct lw_start *start)
{
    uint32_t number;
    uint64_t self = (uint64_t)pthread_self();
    struct lw_record record = {.thread = &lw_thread, .now = start->created};
    struct lw_slot *slot = *lw_owner == LW_OURS && lw_keeping() ? lw_handle_take(self, &number) : NULL;
    if (!slot)
        return;
    uint64_t writing = lw_word(slot);
    lw_fill_slot(slot, &record, self, LW_THREAD, start->site);
    slot->thread = start->creator;
    slot->entry = 0;
    slot->open_flags = start->stack;
    slot->origin_stack = start->begins;
    slot->flags = LW_DETACHED;
    lw_change(slot, writing, lw_in_state(writing, LW_HELD));
}

/* False: it had ended. */
static bool still_runs(struct lw_slot *slot)
{
    return !(__atomic_fetch_or(&slot->flags, LW_DETACHED, __ATOMIC_ACQ_REL) & LW_OVER);
}

/* A thread that detaches itself may not have been written down yet: what is found then is one before it. */
static bool is_unwritten(pthread_t thread)
{
    if (!pthread_equal(thread, pthread_self()))
        return false;
    if (lw_thread.start)
        __atomic_store_n(&lw_thread.start->detached, 1, __ATOMIC_SEQ_CST);
    return !lw_thread_slot(thread);
}

void lw_detaching(struct lw_call *call, pthread_t thread)
{
    if (is_unwritten(thread))
        return;
    lw_releasing_handle(call, (const void *)thread);
    struct lw_pending *pending = &call->owner;
    if (!pending->slot || pending->slot->kind != LW_THREAD || !lw_key_tells() || !still_runs(pending->slot))
        return;
    lw_change(pending->slot, pending->word, lw_in_state(pending->word, LW_HELD)); /* unless it has ended by now */
    pending->slot = NULL;
}

void lw_detached_before(pthread_t thread)
{
    struct lw_slot *slot = lw_thread_slot(thread);
    if (slot && !still_runs(slot))
        lw_detached_over(slot);
}

void lw_detached_over(struct lw_slot *slot)
{
    uint64_t word = lw_word(slot);
    while (lw_is_held(word) && !lw_change(slot, word, lw_in_state(word, LW_FREE)))
        word = lw_word(slot);
}
