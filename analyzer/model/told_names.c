/* The names that programs went by. A program that went by several has that of its file where no process is spoken of. */
#include "told_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "source/path.h"

static struct told_name *find(const struct report *report, const char *exe)
{
    for (size_t i = 0; report != NULL && i < report->told_name_count; i++)
        if (strcmp(report->told_names[i].exe, exe) == 0)
            return &report->told_names[i];
    return NULL;
}

/* Almost every process goes by the name of its file. */
static bool has_other_name(const struct process *process)
{
    return strcmp(process->name, base_name(process->exe)) != 0;
}

static void add(struct report *report, const struct process *process, size_t *room)
{
    if (find(report, process->exe) != NULL)
        return;
    report->told_names = heap__room(report->told_names, report->told_name_count, room, sizeof(struct told_name));
    report->told_names[report->told_name_count++] = (struct told_name){.exe = process->exe, .name = process->name};
}

void told_names__find(struct report *report)
{
    size_t room = 0;
    told_names__clear(report);
    for (size_t i = 0; i < report->process_count; i++)
        if (has_other_name(&report->processes[i]))
            add(report, &report->processes[i], &room);
    for (size_t i = 0; report->told_name_count > 0 && i < report->process_count; i++) {
        const struct process *process = &report->processes[i];
        struct told_name *told = find(report, process->exe);
        if (told != NULL && strcmp(told->name, process->name) != 0)
            told->name = base_name(told->exe);
    }
}

void told_names__clear(struct report *report)
{
    free(report->told_names);
    report->told_names = NULL;
    report->told_name_count = 0;
}

const char *told_names__of(const struct report *report, const char *module)
{
    const struct told_name *told = find(report, module);
    return told != NULL ? told->name : base_name(module);
}
