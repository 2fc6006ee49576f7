/* The sites of many processes on their way to a trend: one for each fingerprint and line. */
#ifndef TREND_SITES_H
#define TREND_SITES_H

#include "tally/site_name.h"
#include "trend.h"

struct trend_sites;

struct trend_sites *trend_sites__new(void);
void trend_sites__free(struct trend_sites *sites);

/* Of several processes that hold something, who is asked for a sentence. */
enum standing { STANDING_WENT_ON, STANDING_ENDED, STANDING_RUNS };

/* One process's part of a site; the process holds the births of all its parts in one block. */
struct trend_part {
    struct trend_share share;
    enum standing standing;
    uint32_t kind;      /* enum lw_kind */
    size_t first_birth; /* in that block */
};

/* Adds it; the lifetimes are added up. Where nothing is held there is no share. Returns where the sentence goes that says
 * why, which is to be allocated anew; NULL: another process's is told. */
char **trend_sites__add(struct trend_sites *sites, const struct site_name *name, const struct trend_part *part,
                        const uint32_t lifetimes[LW_LIFETIMES]);

/* How processes go into the trend. */
struct trend_order {
    const uint32_t *number; /* of each, by the number that it had so far */
    double *const *births;  /* of each, likewise; NULL: it is not charted */
};

/* Puts the sites into the trend, the worst first. It is known already which processes count. */
void trend_sites__finish(struct trend_sites *sites, const struct trend_order *order, struct trend *trend);

#endif
