/* Waits: for a condition, whose mutex is given up meanwhile; for a semaphore or a barrier, which nobody owns. */
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <threads.h>

#include "locks.h"

/* ---- Conditions ---- */

/* The mutex is not held while its thread waits, and is held again behind it whatever the result. A wait that is cancelled
 * does not come back: see lw_give_begin. One that is made to time out is none. */
static inline struct lw_hold *give_up(const struct lw_lock_call *call)
{
    struct lw_hold *hold = lw_hold_of(lw_thread.board, call->lock);
    if (hold)
        __atomic_store_n(&hold->state, LW_HOLD_GIVEN_UP, __ATOMIC_RELEASE);
    else
        lw_mutex_waiting(call);
    return hold;
}

#define WAIT(symbol, how, fails, parameters, arguments)                                                                \
    LW_EXPORT int symbol parameters                                                                                    \
    {                                                                                                                  \
        int lw_refused = fails(symbol, LW_FRAME);                                                                      \
        if (lw_refused)                                                                                                \
            return lw_refused;                                                                                         \
        struct lw_taking lw_taking;                                                                                    \
        if (lw_locking && !lw_board_here())                                                                            \
            lw_board_begin_if_misgiven(lock, LW_MUTEX);                                                                \
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

WAIT(pthread_cond_wait, 0, LW_NEVER_FAILS, (pthread_cond_t * condition, pthread_mutex_t *lock), (condition, lock))
WAIT(pthread_cond_timedwait, LW_WAIT_TIMED, LW_FAILS,
     (pthread_cond_t * condition, pthread_mutex_t *lock, const struct timespec *until), (condition, lock, until))
WAIT(pthread_cond_clockwait, LW_WAIT_TIMED, LW_FAILS,
     (pthread_cond_t * condition, pthread_mutex_t *lock, clockid_t clock, const struct timespec *until),
     (condition, lock, clock, until))
WAIT(cnd_wait, 0, LW_NEVER_FAILS, (cnd_t * condition, mtx_t *lock), (condition, lock))
WAIT(cnd_timedwait, LW_WAIT_TIMED, LW_FAILS_C11, (cnd_t * condition, mtx_t *lock, const struct timespec *until),
     (condition, lock, until))

/* There are two kinds of conditions behind these names: who refers to them without a version gets the older one, which
 * keeps elsewhere what the younger one keeps in place. So all go the same way as those above. */
#define PASS_ON(symbol, parameters, arguments)                                                                         \
    LW_EXPORT int symbol parameters                                                                                    \
    {                                                                                                                  \
        return LW_REAL(symbol) arguments;                                                                              \
    }

LW_MAKE(pthread_cond_init, LW_CONDITION, (pthread_cond_t * lock, const pthread_condattr_t *how), (lock, how))
LW_LOOK(pthread_cond_destroy, LW_CONDITION, lw_condition_destroying, lw_object_gone, (pthread_cond_t * lock), (lock))
LW_MAKE(cnd_init, LW_CONDITION, (cnd_t * lock), (lock))

LW_EXPORT void cnd_destroy(cnd_t *lock)
{
    if (lw_locking && lw_board_here())
        lw_condition_destroying(LW_LOCK_CALL(cnd_destroy, LW_CONDITION, LW_FRAME));
    LW_REAL(cnd_destroy)(lock);
    if (__builtin_expect(lw_options.objects, 0))
        lw_object_gone(LW_LOCK_CALL(cnd_destroy, LW_CONDITION, LW_FRAME));
}

PASS_ON(pthread_cond_signal, (pthread_cond_t * condition), (condition))
PASS_ON(pthread_cond_broadcast, (pthread_cond_t * condition), (condition))

/* ---- Semaphores, barriers ---- */

/* What an interpreter takes, it has from whichever of these functions. */
#define TAKEN(lock) (&(struct lw_lock_call){LW_HOOK_sem_wait, LW_FRAME, (const void *)(uintptr_t)(lock), LW_SEMAPHORE})
#define NOTE_TAKEN(result, kind)                                                                                       \
    if (__builtin_expect(lw_semaphores_watched, 0) && (kind) == LW_SEMAPHORE && (result) == 0)                         \
    lw_semaphore_taken(TAKEN(lock))

#define WAIT_FOR(symbol, kind, how, fails, parameters, arguments)                                                      \
    LW_EXPORT int symbol parameters                                                                                    \
    {                                                                                                                  \
        int lw_refused = fails(symbol, LW_FRAME);                                                                      \
        if (lw_refused) {                                                                                              \
            errno = lw_refused;                                                                                        \
            return -1;                                                                                                 \
        }                                                                                                              \
        struct lw_taking lw_taking;                                                                                    \
        bool is_seen = lw_locking && lw_take_begin(&lw_taking, lock, LW_HOOK_##symbol, kind, how, LW_FRAME);           \
        int lw_result = LW_REAL(symbol) arguments;                                                                     \
        if (is_seen)                                                                                                   \
            lw_take_over(&lw_taking);                                                                                  \
        NOTE_TAKEN(lw_result, kind);                                                                                   \
        return lw_result;                                                                                              \
    }

WAIT_FOR(sem_wait, LW_SEMAPHORE, 0, LW_FAILS, (sem_t * lock), (lock))
WAIT_FOR(sem_timedwait, LW_SEMAPHORE, LW_WAIT_TIMED, LW_FAILS, (sem_t * lock, const struct timespec *until),
         (lock, until))
WAIT_FOR(sem_clockwait, LW_SEMAPHORE, LW_WAIT_TIMED, LW_FAILS,
         (sem_t * lock, clockid_t clock, const struct timespec *until), (lock, clock, until))
WAIT_FOR(pthread_barrier_wait, LW_BARRIER, 0, LW_NEVER_FAILS, (pthread_barrier_t * lock), (lock))

LW_MAKE(sem_init, LW_SEMAPHORE, (sem_t * lock, int shared, unsigned value), (lock, shared, value))

/* Nobody waits in these two, and one of them may be called by a signal handler. */
LW_EXPORT int sem_trywait(sem_t *lock)
{
    int result = LW_REAL(sem_trywait)(lock);
    NOTE_TAKEN(result, LW_SEMAPHORE);
    return result;
}

LW_EXPORT int sem_post(sem_t *lock)
{
    if (__builtin_expect(lw_semaphores_watched, 0))
        lw_semaphore_given(LW_LOCK_CALL(sem_post, LW_SEMAPHORE, LW_FRAME));
    return LW_REAL(sem_post)(lock);
}

LW_EXPORT int sem_destroy(sem_t *lock)
{
    if (__builtin_expect(lw_semaphores_watched, 0))
        lw_semaphore_gone(LW_LOCK_CALL(sem_destroy, LW_SEMAPHORE, LW_FRAME));
    LW_OBJECT(sem_destroy, LW_SEMAPHORE, lw_object_gone, (lock))
}

LW_DESTROY(sem_close, LW_SEMAPHORE, sem_t)
LW_MAKE(pthread_barrier_init, LW_BARRIER, (pthread_barrier_t * lock, const pthread_barrierattr_t *how, unsigned count),
        (lock, how, count))
LW_LOOK(pthread_barrier_destroy, LW_BARRIER, lw_barrier_destroying, lw_object_gone, (pthread_barrier_t * lock), (lock))

/* Whoever opens the same name gets the same address: it is one object, that is given back once. */
LW_EXPORT sem_t *sem_open(const char *name, int flags, ...)
{
    mode_t mode = 0;
    unsigned value = 0;
    if (flags & O_CREAT) {
        va_list more;
        va_start(more, flags);
        mode = va_arg(more, mode_t);
        value = va_arg(more, unsigned);
        va_end(more);
    }
    sem_t *lock = LW_REAL(sem_open)(name, flags, mode, value);
    if (__builtin_expect(lw_options.objects, 0) && lock != SEM_FAILED)
        lw_object_made(LW_LOCK_CALL(sem_open, LW_SEMAPHORE, LW_FRAME), name);
    return lock;
}
