/* How to see the lines of Python where a report knows its interpreter's alone. */
#include <string.h>

#include "model/kinds.h"
#include "page.h"
#include "source/path.h"
#include "symbol/stack.h"

static bool begins_with(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

static bool is_interpreter(const struct frame *frame)
{
    if (frame == NULL || frame->module == NULL)
        return false;
    const char *name = base_name(frame->module);
    return begins_with(name, "python3") || begins_with(name, "libpython3") || strstr(name, ".cpython-3") != NULL;
}

static bool has_lines(const struct stack *stack)
{
    return stack != NULL && stack->count > 0 && stack->frames[0]->module == NULL && stack->frames[0]->file != NULL;
}

/* An interpreter within another program has no such option; and what is asked for already need not be said. */
static bool can_be_asked(const struct process *process)
{
    if (!begins_with(base_name(process->exe), "python3"))
        return false;
    for (const char *const *at = process->argv; at[0] != NULL && at[1] != NULL; at++)
        if (strcmp(at[0], "-m") == 0 && strcmp(at[1], "leakwatch") == 0)
            return false;
    return true;
}

void page__python(const struct page *page)
{
    bool is_wanted = false;
    for (size_t i = 0; i < page->report->finding_count; i++) {
        const struct finding *finding = &page->report->findings[i];
        const struct stack *stack = kinds__main_stack(finding);
        if (has_lines(stack))
            return;
        if ((finding->level > LEVEL_NOTE || page->options->full) && finding->process_count > 0)
            is_wanted |= is_interpreter(stack__user_frame(stack)) &&
                         can_be_asked(&page->report->processes[finding->processes[0]]);
    }
    if (is_wanted)
        fputs("for lines of Python: leakwatch run python3 -m leakwatch SCRIPT\n", page->out);
}
