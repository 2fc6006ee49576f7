/* Lines of an interpreted program, told by its language's binding just before an acquisition: they become the innermost
 * frames of its stack. The interpreter's own frames are the same for every script. */
#include "process/process.h"
#include "scope.h"

#define SOURCE_TEXT 512

static char *append(char *at, const char *end, const char *text)
{
    while (text && *text && at < end)
        *at++ = *text++;
    return at;
}

static uint32_t name_of(const struct leakwatch_line *source)
{
    char text[SOURCE_TEXT];
    const char *end = text + sizeof text;
    char *at = lw_append_number(text, source->line);
    *at++ = '\n';
    at = append(at, text + sizeof text / 2, source->function);
    *at++ = '\n';
    at = append(at, end, source->file);
    return lw_name(text, (size_t)(at - text));
}

void lw_lines_set(const struct leakwatch_line *sources, size_t count, const void *frame)
{
    struct lw_mark mark;
    struct lw_thread *thread = lw_scopes_enter(&mark, frame, count > 0);
    if (!thread)
        return;
    uint32_t kept = count < LW_LINES_TOLD ? (uint32_t)count : LW_LINES_TOLD;
    for (uint32_t i = 0; i < kept; i++)
        thread->scopes->sources[i] = name_of(&sources[i]);
    thread->scopes->source_count = kept;
    thread->sourced = kept > 0;
    lw_scopes_leave(thread, &mark);
}

void lw_lines_forget(struct lw_thread *thread)
{
    thread->sourced = 0;
    if (thread->scopes)
        thread->scopes->source_count = 0;
}

void lw_lines_apply(struct lw_record *record)
{
    struct lw_thread *thread = record->thread;
    if (!thread->scopes || !record->owns_scopes)
        return;
    uint32_t stack = record->trace.stack;
    for (uint32_t i = thread->scopes->source_count; i-- > 0;)
        if (thread->scopes->sources[i] != LW_OTHER)
            stack = lw_stack_with(LW_ADDRESS_SOURCE, thread->scopes->sources[i], stack);
    thread->scopes->source_count = 0;
    thread->sourced = 0;
    if (stack == LW_OTHER)
        return;
    record->trace.stack = stack;
    record->trace.memo = NULL;
}
