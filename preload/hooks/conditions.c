/* Waits: for a condition, whose mutex is given up meanwhile; for a semaphore or a barrier, which nobody owns. */
#include <pthread.h>
#include <semaphore.h>
#include <threads.h>

#include "locks.h"

/* ---- Conditions ---- */

/* The mutex is not held while its thread waits, and is held again behind it whatever the result. A wait that is cancelled
 * does not come back: see lw_give_deep. */
static inline struct lw_hold *give_up(const struct lw_lock_call *call)
{
    struct lw_hold *hold = lw_hold_of(lw_thread.board, call->lock);
    if (hold)
        __atomic_store_n(&hold->state, LW_HOLD_GIVEN_UP, __ATOMIC_RELEASE);
    else
        lw_mutex_waiting(call);
    return hold;
}

#define WAIT(symbol, how, parameters, arguments)                                                                       \
    LW_EXPORT int symbol parameters                                                                                    \
    {                                                                                                                  \
        struct lw_taking lw_taking;                                                                                    \
        if (!lw_locking || !lw_take_begin(&lw_taking, condition, LW_HOOK_##symbol, LW_CONDITION, how, LW_FRAME))       \
            return LW_REAL(symbol) arguments;                                                                          \
        struct lw_hold *hold = give_up(LW_LOCK_CALL(symbol, LW_MUTEX, LW_FRAME));                                      \
        int lw_result = LW_REAL(symbol) arguments;                                                                     \
        if (hold) {                                                                                                    \
            hold->since = lw_clock();                                                                                  \
            __atomic_store_n(&hold->state, LW_HOLD_HELD, __ATOMIC_RELEASE);                                            \
        }                                                                                                              \
        lw_take_over(&lw_taking);                                                                                      \
        return lw_result;                                                                                              \
    }

WAIT(pthread_cond_wait, 0, (pthread_cond_t * condition, pthread_mutex_t *lock), (condition, lock))
WAIT(pthread_cond_timedwait, LW_WAIT_TIMED,
     (pthread_cond_t * condition, pthread_mutex_t *lock, const struct timespec *until), (condition, lock, until))
WAIT(pthread_cond_clockwait, LW_WAIT_TIMED,
     (pthread_cond_t * condition, pthread_mutex_t *lock, clockid_t clock, const struct timespec *until),
     (condition, lock, clock, until))
WAIT(cnd_wait, 0, (cnd_t * condition, mtx_t *lock), (condition, lock))
WAIT(cnd_timedwait, LW_WAIT_TIMED, (cnd_t * condition, mtx_t *lock, const struct timespec *until),
     (condition, lock, until))

/* There are two kinds of conditions behind these names: who refers to them without a version gets the older one, which
 * keeps elsewhere what the younger one keeps in place. So all go the same way as those above. */
#define PASS_ON(symbol, parameters, arguments)                                                                         \
    LW_EXPORT int symbol parameters                                                                                    \
    {                                                                                                                  \
        return LW_REAL(symbol) arguments;                                                                              \
    }

PASS_ON(pthread_cond_init, (pthread_cond_t * condition, const pthread_condattr_t *how), (condition, how))
PASS_ON(pthread_cond_destroy, (pthread_cond_t * condition), (condition))
PASS_ON(pthread_cond_signal, (pthread_cond_t * condition), (condition))
PASS_ON(pthread_cond_broadcast, (pthread_cond_t * condition), (condition))

/* ---- Semaphores, barriers ---- */

#define WAIT_FOR(symbol, kind, how, parameters, arguments)                                                             \
    LW_EXPORT int symbol parameters                                                                                    \
    {                                                                                                                  \
        struct lw_taking lw_taking;                                                                                    \
        if (!lw_locking || !lw_take_begin(&lw_taking, lock, LW_HOOK_##symbol, kind, how, LW_FRAME))                    \
            return LW_REAL(symbol) arguments;                                                                          \
        int lw_result = LW_REAL(symbol) arguments;                                                                     \
        lw_take_over(&lw_taking);                                                                                      \
        return lw_result;                                                                                              \
    }

WAIT_FOR(sem_wait, LW_SEMAPHORE, 0, (sem_t * lock), (lock))
WAIT_FOR(sem_timedwait, LW_SEMAPHORE, LW_WAIT_TIMED, (sem_t * lock, const struct timespec *until), (lock, until))
WAIT_FOR(sem_clockwait, LW_SEMAPHORE, LW_WAIT_TIMED, (sem_t * lock, clockid_t clock, const struct timespec *until),
         (lock, clock, until))
WAIT_FOR(pthread_barrier_wait, LW_BARRIER, 0, (pthread_barrier_t * lock), (lock))
