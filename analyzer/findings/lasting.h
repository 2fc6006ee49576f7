/* Several held from one place, which by their nature last as long as their process: the logs that a server's settings
 * name, the addresses that it listens at, opened by one loop.
 *
 * DESIGN. A loop that forgets what it opens looks like that as well, so much is asked for: each was opened for appending,
 * or listens; each is another file or address; they came in one burst; they are few. */
#ifndef LASTING_H
#define LASTING_H

#include <stdbool.h>
#include <stdint.h>

struct ledger;
struct lw_slot;

/* By its nature: it was opened for appending, or listens. */
bool lasting__is(const struct lw_slot *slot);

/* All that this process holds from this site, more than one. */
bool lasting__are_all(const struct ledger *ledger, uint32_t site);

#endif
