/* All threads of a process wait, and no time-out ends that, though they do not wait in a circle. */
#include "standstill.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "ledger/boards.h"
#include "locks.h"
#include "model/resource.h"

enum { TOLD = 8 };

struct standstill {
    struct ledger_hold *holds;
    size_t count, room;
};

static bool take(void *context, const struct ledger_hold *hold)
{
    struct standstill *still = context;
    still->holds = heap__room(still->holds, still->count, &still->room, sizeof(struct ledger_hold));
    still->holds[still->count++] = *hold;
    return true;
}

/* How many threads the kernel knows; 0: the process is not there. */
static size_t count_threads(uint32_t pid)
{
    char path[64];
    size_t count = 0;
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/task", pid);
    DIR *stream = opendir(path);
    for (const struct dirent *entry; stream != NULL && (entry = readdir(stream)) != NULL;)
        count += entry->d_name[0] != '.';
    if (stream != NULL)
        closedir(stream);
    return count;
}

static bool is_wait(const struct ledger_hold *hold)
{
    return locks__is_wait(hold) && !(hold->hold->count & LW_WAIT_TIMED) && !ledger__board_moved(hold->board);
}

static bool has_lasted(const struct ledger *ledger, const struct ledger_hold *wait, uint64_t time)
{
    uint64_t since = ledger__time_of_ticks(ledger, wait->hold->since), now = ledger__moment(ledger);
    return since != 0 && since < now && now - since >= time;
}

static bool blocks(const struct ledger_hold *wait, const struct ledger_hold *hold)
{
    return hold->hold->state == LW_HOLD_HELD &&
           locks__blocks(wait->hold->kind, hold->hold->kind, wait->number == hold->number);
}

/* Whose hold the wait is for; NULL: nobody's in this process. */
static const struct ledger_hold *holder_of(const struct standstill *still, const struct ledger_hold *wait)
{
    for (size_t i = 0; i < still->count; i++)
        if (still->holds[i].hold->lock == wait->hold->lock && blocks(wait, &still->holds[i]))
            return &still->holds[i];
    return NULL;
}

static void append(char **text, char *more)
{
    char *longer = heap__printed("%s%s%s", *text, **text != '\0' ? ", " : "", more);
    free(*text);
    free(more);
    *text = longer;
}

static void say(char **text, const struct ledger_hold *wait, const struct ledger_hold *holder)
{
    char waiter[LOCKS_THREAD], owner[LOCKS_THREAD] = "";
    locks__name(wait->board, waiter);
    if (wait->hold->kind == LW_THREAD) {
        append(text, heap__printed("%s for another thread to end", waiter));
        return;
    }
    if (holder != NULL)
        locks__name(holder->board, owner);
    append(text,
           heap__printed("%s for a %s%s%s%s", waiter, resource__noun(wait->hold->kind, 1), holder != NULL ? " of " : "",
                         owner, holder != NULL && holder->board->flags & LW_BOARD_ENDED ? ", which has ended" : ""));
}

char *standstill__of(const struct ledger *ledger, uint64_t time)
{
    struct standstill still = {.count = 0};
    size_t waits = 0, for_locks = 0, threads = count_threads(ledger__process(ledger));
    char *text = heap__copied("");
    ledger__holds(ledger, take, &still);
    for (size_t i = 0; i < still.count; i++) {
        if (!is_wait(&still.holds[i]) || !has_lasted(ledger, &still.holds[i], time))
            continue;
        const struct ledger_hold *holder = holder_of(&still, &still.holds[i]);
        for_locks += holder != NULL;
        if (waits++ < TOLD)
            say(&text, &still.holds[i], holder);
    }
    free(still.holds);
    if (waits > TOLD)
        append(&text, heap__copied("…"));
    if (waits > 0 && waits == threads && for_locks > 0)
        return text;
    free(text);
    return NULL;
}
