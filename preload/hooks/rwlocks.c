/* Locks for reading and writing. */
#include <pthread.h>

#include "locks.h"

/* The C library's own names for them. */
extern __typeof__(pthread_rwlock_rdlock) __pthread_rwlock_rdlock, __pthread_rwlock_tryrdlock, __pthread_rwlock_wrlock,
    __pthread_rwlock_trywrlock, __pthread_rwlock_unlock, __pthread_rwlock_destroy;
extern __typeof__(pthread_rwlock_init) __pthread_rwlock_init;

static inline bool is_written(const pthread_rwlock_t *lock)
{
    return lw_rwlock_is_written(lock);
}
static inline bool is_taken(const pthread_rwlock_t *lock)
{
    return !lw_rwlock_is_free(lock);
}
static inline bool is_awaited(const pthread_rwlock_t *lock)
{
    return lw_rwlock_is_awaited(lock);
}
#define GIVE_UNKNOWN(symbol, kind, frame, error_of)                                                                    \
    lw_give_unknown_rwlock(LW_LOCK_CALL(symbol, kind, frame), LW_REAL(symbol))

#define READ(symbol, how, parameters, arguments)                                                                       \
    LW_TAKE(symbol, LW_READ_LOCK, how, LW_FAILS, lw_as_it_is, is_written, lw_took, parameters, arguments)
#define WRITE(symbol, how, parameters, arguments)                                                                      \
    LW_TAKE(symbol, LW_WRITE_LOCK, how, LW_FAILS, lw_as_it_is, is_taken, lw_took, parameters, arguments)

READ(pthread_rwlock_rdlock, 0, (pthread_rwlock_t * lock), (lock))
READ(__pthread_rwlock_rdlock, 0, (pthread_rwlock_t * lock), (lock))
READ(pthread_rwlock_tryrdlock, LW_WAIT_NEVER, (pthread_rwlock_t * lock), (lock))
READ(__pthread_rwlock_tryrdlock, LW_WAIT_NEVER, (pthread_rwlock_t * lock), (lock))
READ(pthread_rwlock_timedrdlock, LW_WAIT_TIMED, (pthread_rwlock_t * lock, const struct timespec *until), (lock, until))
READ(pthread_rwlock_clockrdlock, LW_WAIT_TIMED,
     (pthread_rwlock_t * lock, clockid_t clock, const struct timespec *until), (lock, clock, until))
WRITE(pthread_rwlock_wrlock, 0, (pthread_rwlock_t * lock), (lock))
WRITE(__pthread_rwlock_wrlock, 0, (pthread_rwlock_t * lock), (lock))
WRITE(pthread_rwlock_trywrlock, LW_WAIT_NEVER, (pthread_rwlock_t * lock), (lock))
WRITE(__pthread_rwlock_trywrlock, LW_WAIT_NEVER, (pthread_rwlock_t * lock), (lock))
WRITE(pthread_rwlock_timedwrlock, LW_WAIT_TIMED, (pthread_rwlock_t * lock, const struct timespec *until), (lock, until))
WRITE(pthread_rwlock_clockwrlock, LW_WAIT_TIMED,
      (pthread_rwlock_t * lock, clockid_t clock, const struct timespec *until), (lock, clock, until))
LW_GIVE(pthread_rwlock_unlock, pthread_rwlock_t, LW_RWLOCK, lw_as_it_is, is_awaited, GIVE_UNKNOWN)
LW_GIVE(__pthread_rwlock_unlock, pthread_rwlock_t, LW_RWLOCK, lw_as_it_is, is_awaited, GIVE_UNKNOWN)

LW_LOOK(pthread_rwlock_init, LW_RWLOCK, lw_lock_initialising, LW_MADE,
        (pthread_rwlock_t * lock, const pthread_rwlockattr_t *how), (lock, how))
LW_LOOK(__pthread_rwlock_init, LW_RWLOCK, lw_lock_initialising, LW_MADE,
        (pthread_rwlock_t * lock, const pthread_rwlockattr_t *how), (lock, how))
LW_LOOK(pthread_rwlock_destroy, LW_RWLOCK, lw_rwlock_destroying, lw_object_gone, (pthread_rwlock_t * lock), (lock))
LW_LOOK(__pthread_rwlock_destroy, LW_RWLOCK, lw_rwlock_destroying, lw_object_gone, (pthread_rwlock_t * lock), (lock))
