/* What a store knows of one program over time: since which build a place leaks, how much worse it got, how long each run
 * lived, and how high a place went in runs where nothing was wrong.
 *
 * A run leaks at a place when its last look said so, or when it was an error that the run left something there. */
#ifndef STORE_HISTORY_H
#define STORE_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "store.h"

struct history;

struct history_build {
    const char *name;    /* build-id; see schema.c */
    int64_t first, last; /* ns since 1970: the first start, the last moment seen */
    uint64_t runs;
};

struct history_run {
    size_t build; /* in history.builds */
    const char *host, *how;
    uint32_t pid;
    int status;
    int64_t start, seen; /* ns since 1970 */
    uint64_t peak, open, limit;
    uint64_t leaking; /* places */
};

/* What the runs of one build had of a place. */
struct history_part {
    uint64_t met, leaking;           /* runs that took something there; that leak there */
    uint64_t held_median, held_most; /* at the end, or when looked at last, of those that met it */
    double rate;                     /* leaked in an hour, the median of those that leak; 0: not known */
    const char *verdict;             /* of the last run that met it; "": none */
};

struct history_site {
    const char *fingerprint, *kind, *call, *scope, *place;
    struct history_part *parts; /* by build */
    bool leaks;                 /* in runs of the last build that met it */
    size_t since;           /* then: the first build of those, up to the last one, that all leak. Else that last one */
    uint64_t runs, leaking; /* of that build, and those after it */
    uint64_t before, before_leaking;
    double rate;                    /* leaked in an hour, the median of the leaking ones of `runs`; 0: not known */
    uint64_t plateau, plateau_runs; /* the highest of runs that stayed at their height; how many these are; 0: none */
};

struct history {
    const char *program;
    size_t build_count, run_count, site_count;
    struct history_build *builds; /* in the order of their first runs */
    struct history_run *runs;     /* by start */
    struct history_site *sites;   /* those that leak first, the fastest of these first */
};

/* Of the program with this name, as baselines have it. NULL: it failed. A program that never ran has no runs. */
struct history *history__of(struct store *store, const char *program, struct store_error *error);
void history__free(struct history *history);
const struct history_site *history__site(const struct history *history, const char *fingerprint); /* NULL: never met */

/* "leaks since build 1a2b3c4 (first seen 3 d 2 h ago): in 4 of its 4 runs, 11.2 an hour; before: in 0 of 14 runs"; "" where
 * there is nothing to say. The caller frees it. */
char *history__since(const struct history *history, const struct history_site *site, int64_t now);

#endif
