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
        trend->programs[trend->program_count++] = (struct trend_program){.name = name, .worst = process};
    }
    return &trend->programs[entry->program];
}

/* The worst process comes first, and so does its program. */
void trend_programs__find(struct trend *trend)
{
    struct entry *entries = NULL, *entry, *next;
    size_t room = 0;
    for (uint32_t i = 0; i < trend->process_count; i++) {
        const struct trend_process *process = &trend->processes[i];
        struct trend_program *program = program_of(trend, &entries, &room, i);
        program->processes++;
        program->running += process->is_running;
        program->leaking += process->leaking > 0;
        program->open += process->open;
    }
    HASH_ITER(hh, entries, entry, next) {
        HASH_DEL(entries, entry);
        free(entry);
    }
}
