/* The record of an event is opened and closed. */
#include "record.h"

#include "process/process.h"
#include "scope/scope.h"
#include "wake/wake.h"

LW_HOT_CODE bool lw_record_open(struct lw_record *record, struct lw_call *call, bool worth)
{
    struct lw_thread *thread = lw_present(worth);
    if (!thread)
        return false;
    record->thread = thread;
    record->frame = call->frame;
    record->now = lw_now();
    record->call = lw_call_name(call->hook);
    record->hook = call->hook;
    lw_stack_here(thread, call->frame, &record->trace);
    record->owns_scopes = (thread->innermost || thread->sourced) && lw_mark_set(thread, &record->mark);
    if (record->owns_scopes && lw_scopes_unsettled(thread))
        lw_scopes_settle(thread, call->frame);
    return true;
}

LW_HOT_CODE void lw_record_close(struct lw_record *record)
{
    if (record->owns_scopes)
        lw_mark_clear(record->thread, &record->mark);
    lw_sample(record->now);
}
