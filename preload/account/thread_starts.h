/* Threads: what is passed to a new one, and how their ends are told. */
#ifndef LW_THREAD_STARTS_H
#define LW_THREAD_STARTS_H

#include <pthread.h>

#include "call.h"

#pragma GCC visibility push(hidden)

struct lw_start;

/* Before the call that starts it: what the new thread is to call. NULL: no room; it is started as it would be without us. */
struct lw_start *lw_start_new(struct lw_call *call, void *(*routine)(void *), void *argument);
/* The new thread begins here, and goes on in its own routine, of which this leaves no trace on the stack. */
void *lw_start_run(void *start);

/* The call that was to start it has come to this. thread: to be joined; NULL: there is none, or nobody may join it. stack: KiB
 * that it keeps until then. */
void lw_started(struct lw_call *call, struct lw_start *start, int error, const pthread_t *thread, uint32_t stack);
/* Where it is written down; NULL: nowhere. */
struct lw_slot *lw_thread_slot(pthread_t thread);
/* This thread is at its end, as far as we can tell. */
void lw_thread_over(void);

#pragma GCC visibility pop

#endif
