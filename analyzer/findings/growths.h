/* What a process's growth shows of what it holds: judged once for each ledger, told with findings.
 *
 * DESIGN. Who runs still, or was ended by a signal, a kill or an exec, had no chance to give anything back: what it held says
 * nothing by itself, and the rule of growth/ judges its places. A place that leaks is an error: fd-growth and thread-growth
 * where the process runs, the usual leak where it has ended. One that is suspect stays a note, and says why. */
#ifndef GROWTHS_H
#define GROWTHS_H

#include "growth/growth.h"
#include "inquiry.h"

/* Of the ledger that is looked at; the inquiry's. */
const struct growth *growths__of(struct inquiry *inquiry);
void growths__free(struct inquiry *inquiry);

/* Does the place of this slot, of a process that had no chance, show that it leaks? */
bool growths__shows_leak(struct inquiry *inquiry, const struct lw_slot *slot);

/* As what something that runs and grows is told; NULL: as what it is without. Threads that run are held, too. */
const struct finding_kind *growths__kind(struct inquiry *inquiry, const struct lw_slot *slot);

/* Of locks: the verdict of the place where they are taken. */
enum growth_verdict growths__verdict(struct inquiry *inquiry, uint32_t site);

/* Adds why it is told so, of a place that leaks, is suspect, or lived for too short a time. */
void growths__tell(struct inquiry *inquiry, struct tally *tally, uint32_t site);

/* The same of what is told as something worse already: where the process runs and the place leaks, so that it says when. */
void growths__tell_besides(struct inquiry *inquiry, struct tally *tally, uint32_t site);

#endif
