/* Processes by program. */
#include "programs.h"

#include <string.h>

#include "base/table.h"

struct entry {
    const char *name;
    size_t program;
    UT_hash_handle hh;
};

static struct trend_program *program_of(struct trend *trend, struct entry **entries, size_t *room, uint32_t process)
{
    const char *name = trend->processes[process].process.name;
    struct entry *entry;
    HASH_FIND_STR(*entries, name, entry);
    if (entry == NULL) {
        entry = heap__zeroed(1, sizeof(*entry));
        *entry = (struct entry){.name = name, .program = trend->program_count};
        HASH_ADD_KEYPTR(hh, *entries, entry->name, strlen(entry->name), entry);
        trend->programs = heap__room(trend->programs, trend->program_count, room, sizeof(*trend->programs));
        trend->programs[trend->program_count++] = (struct trend_program){.name = name};
    }
    return &trend->programs[entry->program];
}

static void add(struct trend *trend, struct trend_program *program, const struct trend_process *process)
{
    trend->own_count++;
    trend->running += process->is_running;
    program->processes++;
    program->running += process->is_running;
    program->leaking += process->leaking > 0;
}

/* What has ended is not added to what runs: nobody holds it any more. */
static void add_if_it_counts(struct trend_program *program, struct trend_process *process, uint32_t number)
{
    process->counts = process->is_running || program->running == 0;
    if (!process->counts)
        return;
    program->worst = number;
    program->open += process->open;
}

/* The worst process comes first, and so does its program; of a program, the first one that counts is told. Those that are
 * succeeded stand behind, and are no processes of their own. */
void trend_programs__find(struct trend *trend)
{
    struct entry *entries = NULL, *entry, *next;
    size_t room = 0;
    for (uint32_t i = 0; i < trend->process_count && !trend->processes[i].process.is_succeeded; i++)
        add(trend, program_of(trend, &entries, &room, i), &trend->processes[i]);
    for (uint32_t i = (uint32_t)trend->own_count; i-- > 0;)
        add_if_it_counts(program_of(trend, &entries, &room, i), &trend->processes[i], i);
    HASH_ITER(hh, entries, entry, next) {
        HASH_DEL(entries, entry);
        free(entry);
    }
}
