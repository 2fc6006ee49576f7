/* Spin locks, and the locks of streams: they tell nothing of who waits. */
#include <pthread.h>
#include <stdio.h>

#include "locks.h"

static inline bool is_held(const volatile int *lock)
{
    return lw_spinlock_is_held(lock);
}

#define GIVE_UNKNOWN(symbol, kind, frame, error_of)                                                                    \
    lw_give_unknown_spinlock(LW_LOCK_CALL(symbol, kind, frame), LW_REAL(symbol))

LW_TAKE(pthread_spin_lock, LW_SPINLOCK, 0, LW_FAILS, lw_as_it_is, is_held, lw_took, (pthread_spinlock_t * lock), (lock))
LW_TAKE(pthread_spin_trylock, LW_SPINLOCK, LW_WAIT_NEVER, LW_FAILS, lw_as_it_is, is_held, lw_took,
        (pthread_spinlock_t * lock), (lock))
LW_GIVE(pthread_spin_unlock, pthread_spinlock_t, LW_SPINLOCK, lw_as_it_is, lw_nobody_knows, GIVE_UNKNOWN)
LW_LOOK(pthread_spin_init, LW_SPINLOCK, lw_lock_initialising, LW_MADE, (pthread_spinlock_t * lock, int shared),
        (lock, shared))
LW_LOOK(pthread_spin_destroy, LW_SPINLOCK, lw_spinlock_destroying, lw_object_gone, (pthread_spinlock_t * lock), (lock))

/* ---- Streams ---- */

extern __typeof__(flockfile) _IO_flockfile;
extern __typeof__(ftrylockfile) _IO_ftrylockfile;
extern __typeof__(funlockfile) _IO_funlockfile;

#define LOCK_STREAM(symbol)                                                                                            \
    LW_EXPORT void symbol(FILE *lock)                                                                                  \
    {                                                                                                                  \
        struct lw_taking lw_taking;                                                                                    \
        if (!lw_locking || !lw_take_begin(&lw_taking, lock, LW_HOOK_##symbol, LW_STREAM_LOCK, 0, LW_FRAME)) {          \
            LW_REAL(symbol)(lock);                                                                                     \
            lw_early_took(lock, LW_HOOK_##symbol, LW_STREAM_LOCK, LW_FRAME);                                           \
            return;                                                                                                    \
        }                                                                                                              \
        LW_REAL(symbol)(lock);                                                                                         \
        lw_take_end(&lw_taking, LW_STREAM_LOCK, true);                                                                 \
    }
#define UNLOCK_STREAM(symbol)                                                                                          \
    LW_EXPORT void symbol(FILE *lock)                                                                                  \
    {                                                                                                                  \
        struct lw_giving giving;                                                                                       \
        bool known = lw_locking && lw_give_begin(&giving, lock, LW_STREAM_LOCK, false);                                \
        LW_REAL(symbol)(lock);                                                                                         \
        if (known && giving.hold)                                                                                      \
            lw_give_end(&giving, true);                                                                                \
    }

LOCK_STREAM(flockfile)
LOCK_STREAM(_IO_flockfile)
LW_TAKE(ftrylockfile, LW_STREAM_LOCK, LW_WAIT_NEVER, LW_NEVER_FAILS, lw_as_it_is, lw_nobody_knows, lw_took,
        (FILE * lock), (lock))
LW_TAKE(_IO_ftrylockfile, LW_STREAM_LOCK, LW_WAIT_NEVER, LW_NEVER_FAILS, lw_as_it_is, lw_nobody_knows, lw_took,
        (FILE * lock), (lock))
UNLOCK_STREAM(funlockfile)
UNLOCK_STREAM(_IO_funlockfile)
