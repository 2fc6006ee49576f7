/* How to see the names of functions made at run time where a report has none. */
#include <string.h>

#include "model/kinds.h"
#include "page.h"
#include "source/path.h"
#include "symbol/stack.h"

/* What runs such functions: its program, and its library in another program. */
static const struct runtime {
    const char *programs[2], *library, *cure;
} runtimes[] = {
    {{"node", "nodejs"}, "libnode.so", "node --perf-basic-prof --interpreted-frames-native-stack"},
    {{"java", "java"},
     "libjvm.so",
     "java -XX:+PreserveFramePointer -XX:+UnlockDiagnosticVMOptions -XX:+DumpPerfMapAtExit (names compiled methods)"},
    {{"dotnet", "dotnet"}, "libcoreclr.so", "DOTNET_PerfMapEnabled=1"},
};
enum { RUNTIMES = sizeof runtimes / sizeof runtimes[0] };

static bool is_program(const struct runtime *runtime, const struct process *process)
{
    const char *name = base_name(process->exe);
    return strcmp(name, runtime->programs[0]) == 0 || strcmp(name, runtime->programs[1]) == 0;
}

static bool has_names(const struct stack *stack)
{
    for (size_t i = 0; stack != NULL && i < stack->count; i++)
        if (stack->frames[i]->is_generated)
            return true;
    return false;
}

/* Does it lead through code of which nobody knows the name? */
static bool is_nameless(const struct stack *stack)
{
    for (size_t i = 0; stack != NULL && i < stack->count; i++)
        if (stack->frames[i]->module == NULL && stack->frames[i]->file == NULL)
            return true;
    return false;
}

static bool is_in(const struct stack *stack, const char *library)
{
    for (size_t i = 0; i < stack->count; i++) {
        const char *module = stack->frames[i]->module;
        if (module != NULL && strncmp(base_name(module), library, strlen(library)) == 0)
            return true;
    }
    return false;
}

/* Which one, where nobody told it to name them: 1 + its number; 0: none. */
static size_t runtime_of(const struct stack *stack, const struct process *process, bool *is_asked)
{
    for (size_t i = 0; i < RUNTIMES; i++) {
        *is_asked = !is_program(&runtimes[i], process);
        if (!*is_asked || is_in(stack, runtimes[i].library))
            return i + 1;
    }
    return 0;
}

void page__generated(const struct page *page)
{
    const struct report *report = page->report;
    bool is_named = false, is_wanted[RUNTIMES] = {false}, is_asked[RUNTIMES] = {false}, asks;
    for (size_t i = 0; i < report->finding_count && !is_named; i++) {
        const struct finding *finding = &report->findings[i];
        const struct stack *stack = kinds__main_stack(finding);
        is_named = has_names(stack) || has_names(finding->released);
        if ((finding->level == LEVEL_NOTE && !page->options->full) || finding->process_count == 0 ||
            !is_nameless(stack))
            continue;
        size_t runtime = runtime_of(stack, &report->processes[finding->processes[0]], &asks);
        if (runtime > 0) {
            is_wanted[runtime - 1] = true;
            is_asked[runtime - 1] = asks;
        }
    }
    for (size_t i = 0; i < RUNTIMES && !is_named; i++)
        if (is_wanted[i])
            fprintf(page->out, "for names of functions made at run time: %s%s\n",
                    is_asked[i] ? "LEAKWATCH_OPTIONS=perfmap=1, and " : "", runtimes[i].cure);
}
