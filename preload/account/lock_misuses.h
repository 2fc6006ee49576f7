/* Calls of locks that hit the wrong thing, or fail. All are rare: what is said of them is worth a whole record. */
#ifndef LW_LOCK_MISUSES_H
#define LW_LOCK_MISUSES_H

#include <pthread.h>
#include <stdint.h>

#include "lock/lock.h"

#pragma GCC visibility push(hidden)

/* A call of this hook, from this frame, on this lock. */
struct lw_lock_call {
    uint32_t hook;
    const void *frame;
    const void *lock;
    uint32_t kind; /* enum lw_kind */
};

/* It has failed with this error: what kind of misuse is that, if it is one? */
void lw_take_failed(const struct lw_lock_call *call, int error);
void lw_give_failed(const struct lw_lock_call *call, int error);
/* It was made to fail on purpose: then it is no misuse, whatever the error says. */
void lw_take_refused(const struct lw_lock_call *call, int error);

/* A scope that ended before had left it, and now it has been given back after all. */
void lw_lock_given_late(const struct lw_lock_call *call, const struct lw_hold *hold);

/* Gives back a mutex, a lock for reading and writing, or a spin lock that this thread's board does not know of: the real call, and what
 * its words say of it. */
int lw_give_unknown_mutex(const struct lw_lock_call *call, int (*give)(pthread_mutex_t *), int (*error_of)(int));
int lw_give_unknown_rwlock(const struct lw_lock_call *call, int (*give)(pthread_rwlock_t *));
int lw_give_unknown_spinlock(const struct lw_lock_call *call, int (*give)(pthread_spinlock_t *));

/* Before a mutex, or another lock, is destroyed or initialised. Of a mutex: who holds it, as far as boards say, and will not
 * any more if it lets itself be destroyed all the same. */
struct lw_hold *lw_mutex_destroying(const struct lw_lock_call *call);
void lw_lock_destroyed(struct lw_hold *hold);
void lw_rwlock_destroying(const struct lw_lock_call *call);
void lw_spinlock_destroying(const struct lw_lock_call *call);
void lw_condition_destroying(const struct lw_lock_call *call);
void lw_barrier_destroying(const struct lw_lock_call *call);
void lw_lock_initialising(const struct lw_lock_call *call);
/* Before a wait for a condition: has this thread the mutex? */
void lw_mutex_waiting(const struct lw_lock_call *call);

#pragma GCC visibility pop

#endif
