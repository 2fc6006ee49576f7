/* Which processes a finding is of. */
#include "finding_processes.h"

#include <stdlib.h>

static int by_number(const void *left, const void *right)
{
    const uint32_t *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

bool finding_processes__is_again(const struct finding *finding, const struct process *processes, size_t index)
{
    for (uint32_t before = processes[finding->processes[index]].before; before != 0;
         before = processes[before - 1].before) {
        const uint32_t number = before - 1;
        if (bsearch(&number, finding->processes, finding->process_count, sizeof number, by_number) != NULL)
            return true;
    }
    return false;
}

size_t finding_processes__count(const struct finding *finding, const struct process *processes)
{
    size_t count = 0;
    for (size_t i = 0; i < finding->process_count; i++)
        count += !finding_processes__is_again(finding, processes, i);
    return count;
}
