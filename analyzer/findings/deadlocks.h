/* Threads that wait for each other, of one process or of several: what was kept of all ledgers becomes findings. */
#ifndef DEADLOCKS_H
#define DEADLOCKS_H

struct crowd;
struct pool;
struct tallies;

void deadlocks__find(struct crowd *crowd, struct tallies *tallies, struct pool *pool);

#endif
