/* The history of runs: which programs ran, as which builds, and what each of their sites took and held, in an SQLite file
 * that lives longer than ledgers do.
 *
 * DESIGN. A run is a process image: host, pid, start and number of execs tell it from all others. It is looked at once
 * when it has ended, and as often as somebody likes while it runs: each look stands for how it was then. A site is known by
 * its fingerprint, which survives rebuilds; texts are stored as they are shown, without control characters.
 *
 * Many may write at once, on one machine: WAL, and each run is one transaction, which a crash undoes and nothing else. Of
 * a store that is only read nothing is changed. int results: 0 is success, -1 is failure with one clear line in `error`. */
#ifndef STORE_H
#define STORE_H

#include <stddef.h>
#include <stdint.h>

struct store;

struct store_error {
    char text[512];
};

enum store_use {
    STORE_READ, /* it must be there */
    STORE_WRITE /* it is made where it is not there, and brought to this version's schema */
};

int store__open(struct store **store, const char *path, enum store_use use, struct store_error *error);
void store__close(struct store *store);

/* Where it lies unless somebody says: $LEAKWATCH_STORE, $XDG_STATE_HOME/leakwatch/history.db or
 * ~/.local/state/leakwatch/history.db, whose directories are made. The caller frees it; NULL: there is no home. */
char *store__usual_path(void);
const char *store__path(const struct store *store);

/* Forgets the runs that ended before `moment` (ns since 1970), and the programs, builds and sites that had no others. */
int store__forget(struct store *store, int64_t moment, size_t *runs, struct store_error *error);

#endif
