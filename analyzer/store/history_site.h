/* What the runs of a program had of one site, summed up by builds. */
#ifndef STORE_HISTORY_SITE_H
#define STORE_HISTORY_SITE_H

#include "history.h"

/* What one run had of a site. */
struct met {
    size_t run; /* in history.runs */
    uint64_t held, peak;
    const char *verdict;
    double rate;
    bool leaks;
    bool grows; /* its verdict was that: what a run left at its end may have stood there all the time */
};

/* Fills in the site, whose names and room for parts are there, from the runs that met it, by start. Reorders them. */
void history_site__sum_up(const struct history *history, struct history_site *site, struct met *met, size_t count);

#endif
