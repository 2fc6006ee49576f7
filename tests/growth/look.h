/* A look at a history: the ledger that its process would have at that moment, and what growth/ makes of it. */
#ifndef LOOK_H
#define LOOK_H

#include "growth/growth.h"
#include "history.h"

/* How far a leak has come: which share of all that leaks until the limit is reached. A history without a leak: which share
 * of its life is over. */
enum way {
    A_TWENTIETH,
    A_QUARTER,
    HALF,
    ALL,
    ASIDE /* nothing leaks: before it begins, or long after it stopped */,
    WAYS
};

/* What is known of a site, and what was said of it. */
struct look_site {
    bool leaks;
    bool is_warm_up;
    bool has_outlived; /* it leaks, and has done so for longer than any other of this site has lived */
    enum growth_verdict verdict;
    enum growth_reason reason;
};

struct look {
    enum way way;
    double time, left; /* seconds until the limit is reached; INFINITY: it is not */
    uint32_t sites;
    struct look_site site[SITES];
    struct growth_forecast forecast;
};

/* All looks of a history, in order of time: how many. */
unsigned look__all(struct history *history, struct look *looks);

/* Writes the ledger of a process that runs. path: what is there goes. */
void look__write(const struct history *history, const struct books *books, const char *path);
/* Of a site, in the ledger; 0: it is not there yet. */
uint32_t look__number(const struct books *books, uint32_t site);

#endif
