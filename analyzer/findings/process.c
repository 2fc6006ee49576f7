/* What a report says of a process. */
#include "process.h"

#include <stdlib.h>
#include <string.h>

#include "../heap.h"

#define NANOSECONDS 1e9

/* Arguments end with 0 each, and an empty one ends them; an empty argument thus ends the list, too. */
static char **split_arguments(const struct lw_header *header)
{
    size_t count = 0;
    char **list = heap__zeroed(LW_TEXT, sizeof(char *));
    for (const char *at = header->arguments; at < header->arguments + LW_TEXT && *at != '\0'; at += strlen(at) + 1)
        list[count++] = heap__copied(at);
    return heap__resized(list, count + 1, sizeof(char *));
}

static bool count_open(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    uint64_t *open = context;
    enum lw_state state = slot_state(slot);
    (void)index;
    if (is_handle)
        return false; /* descriptors come first */
    *open += (state == LW_HELD || state == LW_RELEASING) && !(slot->flags & LW_OWN);
    return true;
}

struct process process__of(const struct ledger *ledger, const struct life *life)
{
    const struct lw_header *header = ledger__header(ledger);
    struct process process = {
        .pid = header->pid,
        .ppid = header->parent_pid,
        .image = header->image,
        .exe = heap__copied(header->exe),
        .argv = split_arguments(header),
        .directory = heap__copied(header->directory),
        .start = (double)header->start_realtime / NANOSECONDS,
        .how = life->how,
        .status = life->status,
        .nofile_soft = header->nofile_soft,
        .nofile_hard = header->nofile_hard,
        .peak_open = header->peak_number,
        .ledger = heap__copied(ledger__path(ledger)),
        .folded = ledger__folded(ledger),
        .lost = header->lost,
        .scopes_lost = header->scopes_lost,
        .damaged = ledger__damaged(ledger),
        .injected = header->injected,
        .troubles = header->troubles,
    };
    if (life->end_is_known)
        process.end = process.start + ((double)life->end - (double)life->start) / NANOSECONDS;
    ledger__slots(ledger, count_open, &process.open_at_end);
    if (process.peak_open < process.open_at_end) /* descriptors may lie far apart */
        process.peak_open = process.open_at_end;
    return process;
}

void process__clear(struct process *process)
{
    for (char **argument = process->argv; argument != NULL && *argument != NULL; argument++)
        free(*argument);
    free(process->argv);
    free(process->exe);
    free(process->directory);
    free(process->ledger);
}
