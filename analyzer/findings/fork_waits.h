/* Threads of children of fork that wait for a lock whose holder is not there. */
#ifndef FORK_WAITS_H
#define FORK_WAITS_H

#include <stddef.h>

struct crowd;
struct pool;
struct tallies;

/* Does this one of the crowd, which must be closed? Then it is told as a deadlock. */
void fork_waits__tell(const struct crowd *crowd, size_t number, struct tallies *tallies, struct pool *pool);

#endif
