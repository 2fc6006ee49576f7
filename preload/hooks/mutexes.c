/* Mutexes, and those of C11, which the C library makes of them. */
#include <errno.h>
#include <pthread.h>
#include <threads.h>

#include "locks.h"

/* The C library's own names for them. */
extern __typeof__(pthread_mutex_lock) __pthread_mutex_lock, __pthread_mutex_trylock, __pthread_mutex_unlock;
extern __typeof__(pthread_mutex_init) __pthread_mutex_init;
extern __typeof__(pthread_mutex_destroy) __pthread_mutex_destroy;

static inline bool is_taken(const void *lock)
{
    return lw_mutex_word(lock) != 0;
}
static inline bool is_awaited(const void *lock)
{
    return lw_mutex_word(lock) == 2;
}
static inline bool took(int result)
{
    return result == 0 || result == EOWNERDEAD;
}

/* C11 has results of its own, which say less. */
static inline int error_of_c11(int result)
{
    switch (result) {
    case thrd_busy:
        return EBUSY;
    case thrd_timedout:
        return ETIMEDOUT;
    case thrd_nomem:
        return ENOMEM;
    default:
        return result == thrd_error ? EPERM : result;
    }
}

#define GIVE_UNKNOWN(symbol, kind, frame, error_of)                                                                    \
    lw_give_unknown_mutex(LW_LOCK_CALL(symbol, kind, frame), (int (*)(pthread_mutex_t *))LW_REAL(symbol), error_of)

#define TAKE(symbol, how, parameters, arguments)                                                                       \
    LW_TAKE(symbol, LW_MUTEX, how, LW_FAILS, lw_as_it_is, is_taken, took, parameters, arguments)
#define GIVE(symbol) LW_GIVE(symbol, pthread_mutex_t, LW_MUTEX, lw_as_it_is, is_awaited, GIVE_UNKNOWN)
#define TAKE_C11(symbol, how, parameters, arguments)                                                                   \
    LW_TAKE(symbol, LW_MUTEX, how, LW_FAILS_C11, error_of_c11, is_taken, took, parameters, arguments)

/* The two that are called most stand side by side, and on one page. */
extern __typeof__(pthread_mutex_lock) pthread_mutex_lock __attribute__((aligned(2048))); // NOLINT: it says more
TAKE(pthread_mutex_lock, 0, (pthread_mutex_t * lock), (lock))
GIVE(pthread_mutex_unlock)
TAKE(__pthread_mutex_lock, 0, (pthread_mutex_t * lock), (lock))
TAKE(pthread_mutex_trylock, LW_WAIT_NEVER, (pthread_mutex_t * lock), (lock))
TAKE(__pthread_mutex_trylock, LW_WAIT_NEVER, (pthread_mutex_t * lock), (lock))
TAKE(pthread_mutex_timedlock, LW_WAIT_TIMED, (pthread_mutex_t * lock, const struct timespec *until), (lock, until))
TAKE(pthread_mutex_clocklock, LW_WAIT_TIMED, (pthread_mutex_t * lock, clockid_t clock, const struct timespec *until),
     (lock, clock, until))
GIVE(__pthread_mutex_unlock)

TAKE_C11(mtx_lock, 0, (mtx_t * lock), (lock))
TAKE_C11(mtx_trylock, LW_WAIT_NEVER, (mtx_t * lock), (lock))
TAKE_C11(mtx_timedlock, LW_WAIT_TIMED, (mtx_t * lock, const struct timespec *until), (lock, until))
LW_GIVE(mtx_unlock, mtx_t, LW_MUTEX, error_of_c11, is_awaited, GIVE_UNKNOWN)

LW_LOOK(pthread_mutex_init, LW_MUTEX, lw_lock_initialising, LW_MADE,
        (pthread_mutex_t * lock, const pthread_mutexattr_t *how), (lock, how))
LW_LOOK(__pthread_mutex_init, LW_MUTEX, lw_lock_initialising, LW_MADE,
        (pthread_mutex_t * lock, const pthread_mutexattr_t *how), (lock, how))

#define DESTROY(symbol)                                                                                                \
    LW_EXPORT int symbol(pthread_mutex_t *lock)                                                                        \
    {                                                                                                                  \
        struct lw_hold *held = NULL;                                                                                   \
        if (lw_locking && (lw_board_worth(lock) || lw_board_begin_if_destroyed(lock)))                                 \
            held = lw_mutex_destroying(LW_LOCK_CALL(symbol, LW_MUTEX, LW_FRAME));                                      \
        int result = LW_REAL(symbol)(lock);                                                                            \
        if (result == 0)                                                                                               \
            lw_lock_destroyed(held);                                                                                   \
        if (__builtin_expect(lw_options.objects, 0) && result == 0)                                                    \
            lw_object_gone(LW_LOCK_CALL(symbol, LW_MUTEX, LW_FRAME));                                                  \
        return result;                                                                                                 \
    }

DESTROY(pthread_mutex_destroy)
DESTROY(__pthread_mutex_destroy)

LW_LOOK(mtx_init, LW_MUTEX, lw_lock_initialising, LW_MADE, (mtx_t * lock, int type), (lock, type))

LW_EXPORT void mtx_destroy(mtx_t *lock)
{
    if (lw_locking && (lw_board_worth(lock) || lw_board_begin_if_destroyed(lock)))
        lw_mutex_destroying(LW_LOCK_CALL(mtx_destroy, LW_MUTEX, LW_FRAME));
    LW_REAL(mtx_destroy)(lock);
    if (__builtin_expect(lw_options.objects, 0))
        lw_object_gone(LW_LOCK_CALL(mtx_destroy, LW_MUTEX, LW_FRAME));
}
