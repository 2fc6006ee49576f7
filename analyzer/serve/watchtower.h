/* A directory of ledgers as it is now, for many who ask: looked at again where the last look is old. */
#ifndef WATCHTOWER_H
#define WATCHTOWER_H

#include "live/figures.h"
#include "metrics.h"

struct watchtower_options {
    const char *directory;
    struct gathering_options gathering;
    struct symbols_options symbols;
    struct metrics_options metrics;
};

struct watchtower;

/* The options must outlive it. */
struct watchtower *watchtower__new(const struct watchtower_options *options);
void watchtower__free(struct watchtower *watchtower);

/* Looks, where that is due. False: the directory cannot be read; what was known stays, and errno says why. */
bool watchtower__look(struct watchtower *watchtower);
int watchtower__error(const struct watchtower *watchtower); /* of the last look, as errno; 0: none */
const struct shelf *watchtower__shelf(const struct watchtower *watchtower);
const struct figures *watchtower__figures(const struct watchtower *watchtower);
void watchtower__metrics(const struct watchtower *watchtower, FILE *out, bool is_open_metrics);

#endif
