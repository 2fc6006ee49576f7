/* The ledgers of a process that has ended, by its number. */
#include "left_ledgers.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/read.h"

enum { STATE = 3, PARENT = 4, START = 22 }; /* fields of /proc/PID/stat */

bool left_ledgers__has_ended(struct ended *ended, uint32_t pid)
{
    char path[64], text[1024];
    *ended = (struct ended){.pid = pid};
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/stat", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return errno == ENOENT;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    const char *at = strrchr(text, ')'); /* the program's name may hold anything */
    if (at == NULL || strncmp(at, ") Z", strlen(") Z")) != 0)
        return false;
    for (int field = STATE; at != NULL && field <= START; field++) {
        at = strchr(at + 1, ' ');
        if (at != NULL && field == PARENT)
            ended->parent = (uint32_t)strtoul(at, NULL, 10);
    }
    ended->start_ticks = at ? strtoull(at, NULL, 10) : 0;
    return true;
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
