/* Which ledgers tell of one process. */
#include "successions.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"

struct placed {
    struct process *process;
    uint32_t number;
};

static int compare_numbers(double a, double b)
{
    return a < b ? -1 : a > b;
}

static int compare_processes(const struct process *a, const struct process *b)
{
    if (a->pid != b->pid)
        return a->pid < b->pid ? -1 : 1;
    if (a->start_ticks != b->start_ticks)
        return a->start_ticks < b->start_ticks ? -1 : 1;
    return strcmp(a->host, b->host);
}

/* Under filters the clock may stand between two images. */
static int by_process(const void *left, const void *right)
{
    const struct placed *a = left, *b = right;
    int order = compare_processes(a->process, b->process);
    if (order == 0)
        order = compare_numbers(a->process->start, b->process->start);
    if (order == 0)
        order = compare_numbers(a->process->image, b->process->image);
    return order != 0 ? order : compare_numbers(a->number, b->number);
}

/* Of those that took nothing it is not known when their process began. */
static bool goes_on(const struct process *before, const struct process *process)
{
    bool went_on = strcmp(before->how, "exec") == 0 || strcmp(before->how, "detached") == 0;
    return went_on && before->start_ticks != 0 && compare_processes(before, process) == 0;
}

void successions__find(struct process *const *processes, size_t count)
{
    struct placed *placed = heap__zeroed(count, sizeof(*placed));
    for (size_t i = 0; i < count; i++)
        placed[i] = (struct placed){processes[i], (uint32_t)i};
    if (count > 1)
        qsort(placed, count, sizeof(*placed), by_process);
    for (size_t i = 1; i < count; i++) {
        if (!goes_on(placed[i - 1].process, placed[i].process))
            continue;
        placed[i].process->before = placed[i - 1].number + 1;
        placed[i - 1].process->is_succeeded = true;
    }
    free(placed);
}
