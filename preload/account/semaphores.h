/* The locks of an interpreted language. CPython makes each of a semaphore, which nobody owns: whoever takes it inside a
 * scope is to have given it back, by whatever thread, when the scope ends. Only if its binding asks for that. */
#ifndef LW_SEMAPHORES_H
#define LW_SEMAPHORES_H

#include <stdbool.h>

#include "lock_misuses.h"

#pragma GCC visibility push(hidden)

extern bool lw_semaphores_watched;

/* From now on. False: locks are not recorded, or the interpreter that calls is not known. */
bool lw_semaphores_watch(const void *frame);

/* Taken, as the call has said. */
void lw_semaphore_taken(const struct lw_lock_call *call);
/* About to be given back, by any thread; or about to be destroyed, and nobody's any more. */
void lw_semaphore_given(const struct lw_lock_call *call);
void lw_semaphore_gone(const struct lw_lock_call *call);

#pragma GCC visibility pop

#endif
