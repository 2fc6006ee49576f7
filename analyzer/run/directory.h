/* Where the ledgers of one run go: a private directory that is gone afterwards, or one that the user named. 0 is
 * success, -1 failure, said in one line on stderr. */
#ifndef RUN_DIRECTORY_H
#define RUN_DIRECTORY_H

#include <stdbool.h>

#include "ledger_list.h"
#include "worker_directory.h"

struct run_directory {
    char *path;    /* absolute; NULL: not opened */
    char *library; /* what is preloaded */
    bool is_private;
    bool has_roll;             /* for processes that take nothing */
    struct ledger_list before; /* ledgers that were there before the run */
    struct worker_directory workers;
};

int run_directory__open(struct run_directory *directory, const char *keep);
/* Where it is private, and so nobody reads it but who has made it: processes that take nothing need keep no ledger. */
void run_directory__keep_roll(struct run_directory *directory);
/* One below `place` that is named by the command; what is in it is removed. */
int run_directory__open_below(struct run_directory *directory, const char *place, char *const *command);
int run_directory__ledgers(const struct run_directory *directory, struct ledger_list *ledgers); /* of this run */
/* The same while it goes on: they stay where they are. -1 where the directory cannot be read; nothing is said. */
int run_directory__ledgers_so_far(const struct run_directory *directory, struct ledger_list *ledgers);
/* May every user go there? */
bool run_directory__is_passable(const struct run_directory *directory);
void run_directory__close(struct run_directory *directory);

#endif
