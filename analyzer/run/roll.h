/* The roll of a run: the processes that were watched and have taken nothing; see leakwatch/roll.h. */
#ifndef RUN_ROLL_H
#define RUN_ROLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leakwatch/roll.h"
#include "ledger/read.h"

struct roll {
    char *path;
    struct lw_roll_entry *entries; /* those that stand */
    size_t count;
};

/* Makes it for processes to come. False: the directory's file system promises no room, and there is none. */
bool roll__make(const char *directory);
void roll__remove(const char *directory);
/* What stands on it by now. Where there is none it is empty. */
struct roll roll__read(const char *directory);
void roll__clear(struct roll *roll);

/* Is an image of that process on it that began at or after this time? (Its number may be missing: where the program before
 * it could not hand its link on.) */
bool roll__has(const struct roll *roll, uint64_t pid, uint64_t since);
/* As if it had left a ledger in which nothing stands; its `ledger__is_of_roll` says that it is none. */
int roll__ledger(const struct roll *roll, size_t index, struct ledger **ledger, struct ledger_error *error);

#endif
