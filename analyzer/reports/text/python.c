/* Pythons of which the lines could not be told: what stands in their stacks is the interpreter's code. Said once. */
#include <inttypes.h>
#include <string.h>

#include "page.h"
#include "source/path.h"

static const char *const reasons[] = {
    [LW_PYTHON_UNKNOWN] = "lines are known of CPython 3.8 to 3.13",
    [LW_PYTHON_FREE_THREADED] = "it is a free-threaded build",
    [LW_PYTHON_DIFFERS] = "its types are laid out otherwise than its version says",
    [LW_PYTHON_MACHINE] = "lines are known on x86_64 only",
};

static const char *reason_of(const struct process *process)
{
    return process->python_state < sizeof reasons / sizeof reasons[0] ? reasons[process->python_state] : NULL;
}

/* An interpreter within another program has no such option; and what is asked for already need not be said. */
static bool can_be_asked(const struct process *process)
{
    static const char name[] = "python3";
    if (strncmp(base_name(process->exe), name, strlen(name)) != 0)
        return false;
    for (const char *const *at = process->argv; at[0] != NULL && at[1] != NULL; at++)
        if (strcmp(at[0], "-m") == 0 && strcmp(at[1], "leakwatch") == 0)
            return false;
    return true;
}

void page__python(const struct page *page)
{
    for (size_t i = 0; i < page->report->process_count; i++) {
        const struct process *process = &page->report->processes[i];
        const char *reason = process->judged ? reason_of(process) : NULL;
        if (reason == NULL)
            continue;
        fprintf(page->out, "no lines of Python %" PRIu32 ".%" PRIu32 ": %s%s\n", process->python >> 24,
                process->python >> 16 & 255, reason,
                can_be_asked(process) ? "; for some: leakwatch run python3 -m leakwatch SCRIPT" : "");
        return;
    }
}
