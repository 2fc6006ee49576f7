/* Ends processes that are somebody else's children.
 *
 * DESIGN. By a descriptor of the process: whoever waits for it may do so at any time, and its number may be another's
 * then. That it is the one that writes the ledger is looked at when the descriptor is there. */
#include "ending.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/heap.h"
#include "base/moment.h"
#include "ledger/waits.h"

#define GRACE 5000000000u /* ns from SIGTERM to SIGKILL */

struct ending {
    char *ledger;
    int process;       /* descriptor; -1: it has been killed */
    uint64_t deadline; /* CLOCK_MONOTONIC, ns */
};

struct endings {
    struct ending *list;
    size_t count, room;
};

struct endings *endings__new(void)
{
    return heap__zeroed(1, sizeof(struct endings));
}

void endings__free(struct endings *endings)
{
    for (size_t i = 0; endings != NULL && i < endings->count; i++) {
        if (endings->list[i].process >= 0)
            close(endings->list[i].process);
        free(endings->list[i].ledger);
    }
    if (endings != NULL)
        free(endings->list);
    free(endings);
}

static bool send(int process, int number)
{
    return syscall(SYS_pidfd_send_signal, process, number, NULL, 0) == 0;
}

bool endings__have(const struct endings *endings, const char *ledger)
{
    for (size_t i = 0; i < endings->count; i++)
        if (strcmp(endings->list[i].ledger, ledger) == 0)
            return true;
    return false;
}

bool endings__begin(struct endings *endings, const char *ledger, uint32_t pid)
{
    if (endings__have(endings, ledger))
        return false;
    int process = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
    if (process < 0)
        return false;
    if (!ledger__is_alive(ledger) || !send(process, SIGTERM)) {
        close(process);
        return false;
    }
    endings->list = heap__room(endings->list, endings->count, &endings->room, sizeof(struct ending));
    endings->list[endings->count++] = (struct ending){heap__copied(ledger), process, moment__now() + GRACE};
    return true;
}

uint64_t endings__go_on(struct endings *endings)
{
    uint64_t time = moment__now(), least = UINT64_MAX;
    for (size_t i = 0; i < endings->count; i++) {
        struct ending *ending = &endings->list[i];
        if (ending->process >= 0 && ending->deadline <= time) {
            if (ledger__is_alive(ending->ledger))
                send(ending->process, SIGKILL);
            close(ending->process);
            ending->process = -1;
        }
        if (ending->process >= 0 && ending->deadline - time < least)
            least = ending->deadline - time;
    }
    return least;
}
