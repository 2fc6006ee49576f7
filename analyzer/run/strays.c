/* Ledgers of a run that went elsewhere: found by their processes, since nothing else in them tells which run it was. */
#include "strays.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/heap.h"
#include "ledger/read.h"

enum { TICK = 20000000 }; /* ns; times of starts are whole ticks of the kernel's */

struct family {
    uint32_t *pids;
    size_t count, room;
};

static void add(struct family *family, uint32_t pid)
{
    family->pids = heap__room(family->pids, family->count, &family->room, sizeof(uint32_t));
    family->pids[family->count++] = pid;
}

static bool has(const struct family *family, uint32_t pid)
{
    for (size_t i = 0; i < family->count; i++)
        if (family->pids[i] == pid)
            return true;
    return false;
}

static void add_stray(struct strays *strays, const struct lw_header *header)
{
    strays->count++;
    if ((header->troubles & LW_TROUBLE_FORBIDDEN) == 0)
        return;
    strays->forbidden++;
    strays->user = header->uid;
}

/* Those that are of the family, which grows by them: true where there were any. They leave the list. */
static bool take_relatives(struct family *family, struct strays *strays, struct lw_header *headers, size_t *count)
{
    size_t left = 0;
    for (size_t i = 0; i < *count; i++) {
        if (!has(family, headers[i].pid) && !has(family, headers[i].parent_pid)) {
            headers[left++] = headers[i];
            continue;
        }
        add(family, headers[i].pid);
        add_stray(strays, &headers[i]);
    }
    bool took = left < *count;
    *count = left;
    return took;
}

struct strays strays__count(const struct ledger_list *ledgers, const struct roll *roll, uint32_t pid, uint64_t since)
{
    struct ledger_list elsewhere = {.count = 0};
    struct family family = {.count = 0};
    struct strays strays = {.count = 0};
    size_t count = 0;
    if (ledger_list__read(&elsewhere, STRAYS_DIRECTORY) != 0 || elsewhere.count == 0) {
        ledger_list__clear(&elsewhere);
        return strays;
    }
    struct lw_header *headers = heap__zeroed(elsewhere.count, sizeof(*headers));
    for (size_t i = 0; i < elsewhere.count; i++)
        if (ledger__peek(elsewhere.paths[i], &headers[count]) && headers[count].start_time + TICK >= since)
            count++;
    add(&family, pid);
    struct lw_header header;
    for (size_t i = 0; count > 0 && i < ledgers->count; i++)
        if (ledger__peek(ledgers->paths[i], &header))
            add(&family, header.pid);
    for (size_t i = 0; i < roll->count; i++)
        add(&family, roll->entries[i].pid);
    while (count > 0 && take_relatives(&family, &strays, headers, &count))
        continue;
    free(headers);
    free(family.pids);
    ledger_list__clear(&elsewhere);
    return strays;
}
