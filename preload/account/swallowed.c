/* Exceptions of interpreted programs that something swallowed, as the binding tells: rows of FAILURES. */
#include <string.h>

#include "account.h"
#include "process/process.h"
#include "record.h"
#include "scope/scope.h"

_Static_assert((int)LEAKWATCH_UNTOLD == LW_UNTOLD && (int)LEAKWATCH_LOGGED == LW_LOGGED &&
                   (int)LEAKWATCH_BY_LIBRARY == LW_BY_LIBRARY,
               "the ledger says it in the program's words");

static uint32_t name_of(const char *text)
{
    return text && text[0] ? lw_name(text, strlen(text)) : 0;
}

/* What tells exceptions of one place from each other: the errno, or else the type, if it has room. */
static int error_of(const struct leakwatch_swallowed *event)
{
    const char *what = event->what ? event->what : "";
    size_t length = strcspn(what, ":");
    uint32_t type = event->error > 0 || length == 0 ? LW_OTHER : lw_name(what, length);
    return type == LW_OTHER ? event->error : -(int)type;
}

/* The binding knows where it was; the native frames are its own. */
static uint32_t stack_of(const struct leakwatch_line *lines, size_t count)
{
    uint32_t stack = 0;
    for (size_t i = count; i-- > 0;) {
        struct lw_line line = {name_of(lines[i].function), name_of(lines[i].file), lines[i].line, LW_PYTHON};
        stack = lw_stack_with(LW_ADDRESS_LINE, lw_line(&line), stack);
    }
    return stack == LW_OTHER ? 0 : stack;
}

void lw_swallowed(const struct leakwatch_swallowed *event, const void *frame)
{
    struct lw_mark mark;
    struct lw_thread *thread = lw_scopes_enter(&mark, frame, true);
    if (!thread)
        return;
    struct lw_record record = {.thread = thread, .now = lw_now(), .call = name_of(event->by)};
    record.trace.stack = stack_of(event->lines, event->count);
    enum lw_failure_role role = event->telling == LEAKWATCH_UNTOLD ? LW_SWALLOWED : LW_SWALLOWED_TOLD;
    struct lw_failure *row = record.call ? lw_note_failure(&record, role, error_of(event), 0, 0, NULL) : NULL;
    if (row) {
        size_t length = event->what ? strlen(event->what) : 0, room = sizeof row->detail;
        memset(row->detail, 0, room);
        memcpy(row->detail, event->what ? event->what : "", length < room ? length : room);
        row->status = (int32_t)event->telling;
    }
    lw_scopes_leave(thread, &mark);
}
