/* Threads that nobody is to join, for as long as they run. */
#ifndef LW_DETACHED_THREADS_H
#define LW_DETACHED_THREADS_H

#include <pthread.h>

#include "call.h"

#pragma GCC visibility push(hidden)

struct lw_start;

/* One is about to be created detached: what it is to write down of itself. */
void lw_detached_foresee(struct lw_call *call, struct lw_start *start, uint32_t stack);
/* It has begun, and writes it down. */
void lw_detached_begin(const struct lw_start *start);

/* One is about to be detached: a release, behind whose call lw_released comes. */
void lw_detaching(struct lw_call *call, pthread_t thread);
/* It has detached itself, or been detached, before its creator could write down that it is there. */
void lw_detached_before(pthread_t thread);

/* Nobody is to join it, and it has ended. */
void lw_detached_over(struct lw_slot *slot);

#pragma GCC visibility pop

#endif
