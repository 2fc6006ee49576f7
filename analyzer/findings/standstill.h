/* All threads of a process wait, and no time-out ends that, though they do not wait in a circle. */
#ifndef STANDSTILL_H
#define STANDSTILL_H

#include "ledger/read.h"

/* Says what each of them waits for; NULL: they do not all wait, or not for as long as that (ns), or what they wait for may
 * yet come from outside. The caller frees it.
 *
 * Threads that are idle wait for a condition, a semaphore, a descriptor: so at least one must wait for a lock that a thread
 * of the same process holds. */
char *standstill__of(const struct ledger *ledger, uint64_t time);

#endif
