/* What a process held only since its end came between the acquisition and the release.
 *
 * DESIGN. Threads that open and close all the time are somewhere in between when another thread ends the process, or a
 * kill does. What is inside its release then is never a leak. Of what is held, one for each thread and place (both ends,
 * of a pair) is excused, where all this holds:
 *
 *   habit      at least 20 times as many of the place were given back as threads acquired there; 10 times as many, where
 *              the process had no chance to give anything back.
 *   the last   the thread acquired nothing there after it.
 *   recent     it was not held for more than twice as long as 99 of 100 others, and a moment for a busy machine.
 *   another    at an end that lets it give everything back: another thread than the main one, which is the one that ends
 *              the process as a rule, and the place lived long enough for times to tell: 200 ms.
 *
 * Times are as coarse as the kernel's tick (4 ms): where a place has lived for less than 200 ms, all that it holds is
 * excused, or nothing. */
#ifndef IN_FLIGHT_H
#define IN_FLIGHT_H

#include "life.h"

struct in_flight; /* of one ledger */

struct in_flight *in_flight__new(const struct ledger *ledger, const struct life *life, bool had_chance);
void in_flight__free(struct in_flight *in_flight);

/* To be asked of slots that are held and the process's own. */
bool in_flight__has(const struct in_flight *in_flight, const struct lw_slot *slot, bool is_handle, uint32_t index);

#endif
