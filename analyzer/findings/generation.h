/* The newest of a place, which took over from those before it: the log that a server opens anew when its settings are
 * read again.
 *
 * DESIGN. Who forgets looks like that as well, so much is asked for: all that were acquired before it were given back; it
 * had been acquired before they were, so that there were at least twice as many at once as are held now, and not more than
 * three times as many; and the place acquires seldom enough for times to tell which is the newest, also in older ledgers,
 * whose times are as coarse as the kernel's tick (4 ms).
 *
 * How many were held at once is exact where one thread did all of it. Where several did, each must have given back as many
 * as it acquired, but for one, the first; must have acquired before it gave back; and the thread of the newest must have
 * given back those of another: who forgets what it acquired itself has not. */
#ifndef GENERATION_H
#define GENERATION_H

#include <stdbool.h>
#include <stdint.h>

struct ledger;

/* All that this process holds from this site, which has given others back. */
bool generation__is_last(const struct ledger *ledger, uint32_t site);

#endif
