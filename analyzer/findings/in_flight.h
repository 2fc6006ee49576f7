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
 *   ran        at an end that lets it give everything back: the thread still ran, and another one ended the process.
 *
 * Older ledgers do not tell which threads ran, and their times are as coarse as the kernel's tick (4 ms). There, at such an
 * end, the main thread is taken for the one that ended the process, and nothing is excused where a place has lived for less
 * than 200 ms. Nor do those times, or a kill, tell much in so short a life: all that a place holds is excused, or nothing. */
#ifndef IN_FLIGHT_H
#define IN_FLIGHT_H

#include "life.h"

struct in_flight; /* of one ledger */

struct in_flight *in_flight__new(const struct ledger *ledger, const struct life *life, bool had_chance);
void in_flight__free(struct in_flight *in_flight);

/* To be asked of slots that are held and the process's own. */
bool in_flight__has(const struct in_flight *in_flight, const struct lw_slot *slot, bool is_handle, uint32_t index);

#endif
