/* Where processes of a run keep their ledgers that may not write to its directory: workers that began as root. */
#ifndef WORKER_DIRECTORY_H
#define WORKER_DIRECTORY_H

#include <stdbool.h>

#include "ledger_list.h"

struct worker_directory {
    char *place; /* may be passed through, not listed; NULL: there is none */
    char *path;  /* in it, below a name that nobody can guess */
    char *below; /* the same, as seen from the run's directory */
};

/* In the run's directory. Only root's processes can become others': for other users, and where it cannot be made, there is
 * none. */
void worker_directory__open(struct worker_directory *workers, const char *directory);
void worker_directory__add(const struct worker_directory *workers, struct ledger_list *ledgers);
/* Moves the ledgers to the run's directory; those that cannot be moved stay. */
void worker_directory__gather(const struct worker_directory *workers, const char *directory);
/* Removes it: with the ledgers that are in it still, or only where there is none. */
void worker_directory__close(struct worker_directory *workers, bool with_ledgers);

#endif
