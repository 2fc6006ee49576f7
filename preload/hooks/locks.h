/* How a hook of a lock is written: see lock/lock.h. The macros here are the plain ones, of the parameter `lock`. */
#ifndef LW_HOOKS_LOCKS_H
#define LW_HOOKS_LOCKS_H

#include <errno.h>
#include <threads.h>

#include "account/account.h"
#include "hook.h"
#include "lock/lock.h"

/* What is called from a hook on its unusual ways needs the hook's own frame, which must not be given up for it. */
#define LW_SLOWLY(call)                                                                                                \
    ({                                                                                                                 \
        int lw_slow_result = call;                                                                                     \
        __asm__ volatile("");                                                                                          \
        lw_slow_result;                                                                                                \
    })
#define LW_COLD static __attribute__((noinline, cold))

/* Takes it: the parameter `lock`. contended: might it have to wait? took: does this result mean that it is held? fails:
 * LW_FAILS, LW_FAILS_C11 or LW_NEVER_FAILS. error_of: the error that a result stands for. */
#define LW_TAKE(symbol, kind, how, fails, error_of, is_contended, took, parameters, arguments)                         \
    LW_COLD int symbol##_slowly LW_AND_FRAME parameters                                                                \
    {                                                                                                                  \
        int refused = fails(symbol, frame);                                                                            \
        struct lw_taking taking;                                                                                       \
        if (!lw_take_begin(&taking, (const void *)lock, LW_HOOK_##symbol, kind, how, frame)) {                         \
            int result = refused ? refused : LW_REAL(symbol) arguments;                                                \
            if (took(result))                                                                                          \
                lw_early_took((const void *)lock, LW_HOOK_##symbol, kind, frame);                                      \
            return result;                                                                                             \
        }                                                                                                              \
        if (how != LW_WAIT_NEVER && is_contended(lock))                                                                \
            lw_take_waits(&taking, (const void *)lock, kind);                                                          \
        int result = refused ? refused : LW_REAL(symbol) arguments;                                                    \
        lw_take_end(&taking, kind, took(result));                                                                      \
        if (refused)                                                                                                   \
            lw_take_refused(LW_LOCK_CALL(symbol, kind, frame), error_of(refused));                                     \
        else if (result != 0)                                                                                          \
            lw_take_failed(LW_LOCK_CALL(symbol, kind, frame), error_of(result));                                       \
        return result;                                                                                                 \
    }                                                                                                                  \
    LW_COLD int symbol##_ends(const void *frame, struct lw_hold *hold, struct lw_place *place, int result)             \
    {                                                                                                                  \
        const void *lock = (const void *)hold->lock;                                                                   \
        lw_take_end(&(struct lw_taking){hold, place, false, 0}, kind, took(result));                                   \
        if (result != 0)                                                                                               \
            lw_take_failed(LW_LOCK_CALL(symbol, kind, frame), error_of(result));                                       \
        return result;                                                                                                 \
    }                                                                                                                  \
    LW_EXPORT LW_HOT_CODE int symbol parameters                                                                        \
    {                                                                                                                  \
        struct lw_thread *thread = lw_usual_thread();                                                                  \
        struct lw_place *place;                                                                                        \
        struct lw_hold *hold;                                                                                          \
        if (!thread || __builtin_expect(how != LW_WAIT_NEVER && is_contended(lock), 0) ||                              \
            !(hold = lw_take_simply(thread, &place, (const void *)lock, LW_HOOK_##symbol, kind, how, LW_FRAME)))       \
            return lw_locking ? LW_SLOWLY(symbol##_slowly LW_WITH_FRAME arguments) : LW_REAL(symbol) arguments;        \
        int result = LW_USUAL_REAL(symbol) arguments;                                                                  \
        if (__builtin_expect(result != 0, 0) || !lw_took_simply(thread, hold, place, kind))                            \
            return LW_SLOWLY(symbol##_ends(LW_FRAME, hold, place, result));                                            \
        return 0;                                                                                                      \
    }
#define LW_AND_FRAME(...) (const void *frame, __VA_ARGS__)
#define LW_WITH_FRAME(...) (LW_FRAME, __VA_ARGS__)

/* It can be made to fail, with an error as its result; those of C11 have results of their own, which say less. */
#define LW_FAILS(symbol, frame)                                                                                        \
    ({                                                                                                                 \
        LW_INJECTABLE(symbol);                                                                                         \
        lw_lock_refused(LW_HOOK_##symbol, frame);                                                                      \
    })
#define LW_FAILS_C11(symbol, frame) lw_result_of_c11(LW_FAILS(symbol, frame))
#define LW_NEVER_FAILS(symbol, frame) 0

#define LW_LOCK_CALL(symbol, kind, frame)                                                                              \
    (&(struct lw_lock_call){LW_HOOK_##symbol, frame, (const void *)(uintptr_t)lock, kind})

/* Gives it back. error_of: as above. give_unknown: what is to be called instead where it is not on this thread's board. */
#define LW_GIVE(symbol, type, kind, error_of, is_awaited, give_unknown)                                                \
    LW_COLD int symbol##_slowly(const void *frame, type *lock)                                                         \
    {                                                                                                                  \
        struct lw_giving giving;                                                                                       \
        if (!lw_give_begin(&giving, (const void *)lock, kind, is_awaited(lock)))                                       \
            return LW_REAL(symbol)(lock);                                                                              \
        if (!giving.hold)                                                                                              \
            return give_unknown(symbol, kind, frame, error_of);                                                        \
        int result = LW_REAL(symbol)(lock);                                                                            \
        if (result == 0 && giving.hold->count == 1 && lw_hold_is_left(giving.hold))                                    \
            lw_lock_given_late(LW_LOCK_CALL(symbol, kind, frame), giving.hold);                                        \
        lw_give_end(&giving, result == 0);                                                                             \
        if (result != 0)                                                                                               \
            lw_give_failed(LW_LOCK_CALL(symbol, kind, frame), error_of(result));                                       \
        return result;                                                                                                 \
    }                                                                                                                  \
    LW_COLD int symbol##_fails(const void *frame, struct lw_hold *hold, int result)                                    \
    {                                                                                                                  \
        const void *lock = (const void *)hold->lock;                                                                   \
        lw_give_end(&(struct lw_giving){.hold = hold}, false);                                                         \
        lw_give_failed(LW_LOCK_CALL(symbol, kind, frame), error_of(result));                                           \
        return result;                                                                                                 \
    }                                                                                                                  \
    LW_EXPORT LW_HOT_CODE int symbol(type *lock)                                                                       \
    {                                                                                                                  \
        struct lw_thread *thread = lw_usual_thread();                                                                  \
        struct lw_hold *hold;                                                                                          \
        if (!thread || __builtin_expect(is_awaited(lock), 0) || !(hold = lw_give_simply(thread, (const void *)lock)))  \
            return lw_locking ? LW_SLOWLY(symbol##_slowly(LW_FRAME, lock)) : LW_REAL(symbol)(lock);                    \
        int result = LW_USUAL_REAL(symbol)(lock);                                                                      \
        if (__builtin_expect(result != 0, 0))                                                                          \
            return LW_SLOWLY(symbol##_fails(LW_FRAME, hold, result));                                                  \
        lw_gave_simply(thread, hold);                                                                                  \
        return 0;                                                                                                      \
    }
#define LW_GIVE_UNKNOWN(symbol, kind, frame, error_of) LW_REAL(symbol)(lock)

/* Makes the object `lock`, or destroys it: what is to be done before, and behind it where objects are followed. */
#define LW_LOOK(symbol, kind, look, behind, parameters, arguments)                                                     \
    LW_EXPORT int symbol parameters                                                                                    \
    {                                                                                                                  \
        if (lw_locking && lw_board_worth(lock))                                                                        \
            look(LW_LOCK_CALL(symbol, kind, LW_FRAME));                                                                \
        LW_OBJECT(symbol, kind, behind, arguments)                                                                     \
    }
#define LW_MAKE(symbol, kind, parameters, arguments)                                                                   \
    LW_EXPORT int symbol parameters                                                                                    \
    {                                                                                                                  \
        LW_OBJECT(symbol, kind, LW_MADE, arguments)                                                                    \
    }
#define LW_DESTROY(symbol, kind, type)                                                                                 \
    LW_EXPORT int symbol(type *lock)                                                                                   \
    {                                                                                                                  \
        LW_OBJECT(symbol, kind, lw_object_gone, (lock))                                                                \
    }
#define LW_OBJECT(symbol, kind, behind, arguments)                                                                     \
    if (__builtin_expect(!lw_options.objects, 1))                                                                      \
        return LW_REAL(symbol) arguments;                                                                              \
    int lw_result = LW_REAL(symbol) arguments;                                                                         \
    if (lw_result == 0)                                                                                                \
        behind(LW_LOCK_CALL(symbol, kind, LW_FRAME));                                                                  \
    return lw_result;
#define LW_MADE(call) lw_object_made(call, NULL)

/* Is this call to fail without being made? The error then, which is its result; else 0. */
static inline int lw_lock_refused(uint32_t hook, const void *frame)
{
    struct lw_call call;
    int before = errno, error = 0;
    if (lw_injecting && lw_enter(&call, hook, frame) && lw_inject(&call, NULL))
        error = errno;
    errno = before;
    return error;
}

static inline int lw_result_of_c11(int error)
{
    switch (error) {
    case 0:
        return thrd_success;
    case EBUSY:
        return thrd_busy;
    case ETIMEDOUT:
        return thrd_timedout;
    case ENOMEM:
        return thrd_nomem;
    default:
        return thrd_error;
    }
}

/* The result is the error. */
static inline int lw_as_it_is(int result)
{
    return result;
}

static inline bool lw_took(int result)
{
    return result == 0;
}
static inline bool lw_nobody_knows(const volatile void *lock)
{
    (void)lock;
    return false;
}

#endif
