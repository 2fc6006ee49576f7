/* Is what a process held at its end a leak, when a signal, a kill or an exec ended it, or when it still runs?
 *
 * DESIGN. Such a process had no chance to give anything back, so what it held is a note, unless its site shows the leak:
 *
 *   forgotten  others of the site were given back, and at least 5 had been held for more than twice as long as 99 of 100
 *              others, some of which were acquired in the last third of the time that could tell: a leak goes on, while
 *              live connections and sessions are few, recent, or as old as the process.
 *   grown      the site gives back nothing to speak of, at least 8 are held, and at least a quarter of them was acquired in
 *              each half of the site's life: a pool is filled at once, work in progress is recent, a leak goes on and on.
 *
 * Times are as coarse as the kernel's tick (4 ms). Where a site has lived for less than 200 ms they tell nothing; then 8
 * that are held, where none was given back, show the leak, and any where others were given back, but of connections: those
 * may be live. */
#ifndef JUDGEMENT_H
#define JUDGEMENT_H

#include "life.h"

#define JUDGEMENT_TOO_SHORT 200000000ULL /* ns: times tell nothing */

/* The time that 99 of 100 of what the site has given back was held at most; UINT64_MAX: nothing tells. */
uint64_t judgement__usual_lifetime(const struct lw_site_count *count);

/* What a site holds at the end. */
struct holding {
    uint64_t too_old;    /* held for longer than this (ns): forgotten; 0: not worked out yet */
    uint64_t middle;     /* of the site's life */
    uint64_t last_third; /* of the time in which what was acquired could be forgotten by now, begins here */
    uint32_t held, early, forgotten, forgotten_late;
};

void holding__add(struct holding *holding, const struct ledger *ledger, const struct lw_slot *slot,
                  const struct life *life);
bool holding__shows_leak(const struct holding *holding, const struct ledger *ledger, uint32_t site,
                         const struct life *life);

#endif
