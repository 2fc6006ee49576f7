/* The ledgers of a process that has ended, by its number. */
#include "left_ledgers.h"

#include <errno.h>

#include "base/process_stat.h"
#include "ledger/read.h"

bool left_ledgers__has_ended(struct ended *ended, uint32_t pid)
{
    struct process_stat stat;
    *ended = (struct ended){.pid = pid};
    if (!process_stat__read(&stat, pid))
        return errno == ENOENT || errno == ESRCH;
    ended->parent = stat.parent;
    ended->start_ticks = stat.start_ticks;
    return stat.state == 'Z';
}

static bool is_its(const struct ended *ended, const char *path, struct lw_header *header)
{
    return ledger__peek(path, header) && header->pid == ended->pid &&
           (ended->start_ticks == 0 || header->start_ticks == ended->start_ticks);
}

void left_ledgers__find(struct ledger_list *list, const struct ended *ended, const char *directory)
{
    struct ledger_list all = {.count = 0};
    struct lw_header header;
    struct ended wanted = *ended;
    uint64_t newest = 0;
    if (ledger_list__read(&all, directory) != 0) {
        ledger_list__clear(&all);
        return;
    }
    for (size_t i = 0; i < all.count; i++)
        if (is_its(ended, all.paths[i], &header) && header.start_realtime >= newest) {
            newest = header.start_realtime;
            wanted.start_ticks = header.start_ticks;
        }
    for (size_t i = 0; i < all.count; i++)
        if (is_its(&wanted, all.paths[i], &header))
            ledger_list__add(list, all.paths[i]);
    ledger_list__clear(&all);
}
