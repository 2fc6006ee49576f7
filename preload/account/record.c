/* The record of an event is opened and closed. */
#include "record.h"

#include "process/process.h"
#include "scope/scope.h"
#include "wake/wake.h"

LW_HOT_CODE bool lw_books_open(struct lw_books *books, struct lw_call *call, bool worth)
{
    struct lw_thread *thread = lw_present(worth);
    if (!thread)
        return false;
    books->thread = thread;
    books->frame = call->frame;
    books->now = lw_now();
    books->call = lw_call_name(call->hook);
    books->hook = call->hook;
    lw_stack_here(thread, call->frame, &books->trace);
    books->owns_scopes = (thread->innermost || thread->sourced) && lw_mark_set(thread, &books->mark);
    if (books->owns_scopes && lw_scopes_unsettled(thread))
        lw_scopes_settle(thread, call->frame);
    return true;
}

LW_HOT_CODE void lw_books_close(struct lw_books *books)
{
    if (books->owns_scopes)
        lw_mark_clear(books->thread, &books->mark);
    lw_sample(books->now);
}
