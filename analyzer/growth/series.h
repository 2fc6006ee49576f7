/* A series of births: how fast they come, how evenly, and whether that has changed. */
#ifndef GROWTH_SERIES_H
#define GROWTH_SERIES_H

#include <stddef.h>
#include <stdint.h>

struct series {
    const uint64_t *births; /* within the span, the oldest first */
    size_t count;
    double start, end; /* ns */
};

double series__span(const struct series *series); /* seconds */
double series__rate(const struct series *series); /* births in a second */

double series__mean(const struct series *series); /* where in the span they lie: 0.5 where they come evenly */

/* How much more they vary than independent ones would: 1 where they do not. */
double series__dispersion_of_bins(const struct series *series);
double series__dispersion_of_gaps(const struct series *series);

/* The part of the series from this share of its span on. */
struct series series__from(const struct series *series, double share);

#endif
