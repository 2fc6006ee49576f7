/* The ledgers of a process that has ended, by its number: files that it has left. */
#ifndef LEFT_LEDGERS_H
#define LEFT_LEDGERS_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger_list.h"

/* One that nobody has asked for its status yet is there still, though it has nothing mapped any more. */
struct ended {
    uint32_t pid, parent; /* parent: 0 where it is not there any more */
    uint64_t start_ticks; /* likewise */
};

/* False: it goes on, or cannot be looked at. */
bool left_ledgers__has_ended(struct ended *ended, uint32_t pid);

/* Adds those in the directory that are its own; of one that is not there any more, those of the last one that had its
 * number. */
void left_ledgers__find(struct ledger_list *list, const struct ended *ended, const char *directory);

#endif
