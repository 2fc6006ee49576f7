/* The newest of a place, which took over from those before it: the log that a server opens anew when its settings are
 * read again.
 *
 * DESIGN. Who forgets looks like that as well, so much is asked for: all that were acquired before it were given back; it
 * had been acquired before they were, so that there were at least twice as many at once as are held now, and not more than
 * three times as many; one thread did all of it, so that counts are exact; and the place acquires seldom enough for times,
 * which are as coarse as the kernel's tick (4 ms), to tell which is the newest. */
#ifndef GENERATION_H
#define GENERATION_H

#include <stdbool.h>
#include <stdint.h>

struct ledger;

/* All that this process holds from this site, which has given others back. */
bool generation__is_last(const struct ledger *ledger, uint32_t site);

#endif
