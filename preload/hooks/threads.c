/* Threads: started, joined, let go. */
#include <pthread.h>
#include <threads.h>

#include "account/account.h"
#include "function/function.h"
#include "hook.h"
#include "lock/lock.h"
#include "locks.h"

static bool is_given(const pthread_attr_t *how)
{
    return how && (uintptr_t)how != UINTPTR_MAX; /* how thrd_create asks for it */
}

static bool is_detached(const pthread_attr_t *how)
{
    int state = PTHREAD_CREATE_JOINABLE;
    return is_given(how) && pthread_attr_getdetachstate(how, &state) == 0 && state == PTHREAD_CREATE_DETACHED;
}

/* KiB of its stack; 0: it is the program's own, and nobody keeps it. Attributes that say nothing have the default size. */
static uint32_t stack_size(const pthread_attr_t *how)
{
    pthread_attr_t plain;
    void *lowest = NULL;
    size_t size = 0;
    if (is_given(how) && pthread_attr_getstack(how, &lowest, &size) == 0 && (uintptr_t)lowest + size != 0)
        return 0;
    if (!is_given(how) && pthread_attr_init(&plain) != 0)
        return 0;
    if (pthread_attr_getstacksize(is_given(how) ? how : &plain, &size) != 0)
        size = 0;
    if (!is_given(how))
        pthread_attr_destroy(&plain);
    return (uint32_t)(size >> 10);
}

/* The error stands where that of other calls does, and that is not touched here. */
static int refused_with(int before)
{
    int error = errno;
    errno = before;
    return error;
}

LW_EXPORT int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict how, void *(*routine)(void *),
                             void *restrict argument)
{
    LW_ENTER_OR_RETURN(pthread_create, (thread, how, routine, argument));
    LW_INJECTABLE(pthread_create);
    int before = errno;
    bool refused = __builtin_expect(lw_injecting, 0) && lw_inject(&lw_call, NULL);
    struct lw_start *start = refused ? NULL : lw_start_new(&lw_call, routine, argument);
    bool detached = is_detached(how);
    uint32_t stack = stack_size(how);
    if (start && detached)
        lw_detached_foresee(&lw_call, start, stack);
    int lw_result = refused ? refused_with(before)
                    : start ? LW_REAL(pthread_create)(thread, how, lw_start_run, start)
                            : LW_REAL(pthread_create)(thread, how, routine, argument);
    lw_started(&lw_call, start, lw_result, lw_result == 0 && !detached ? thread : NULL, stack);
    lw_python_functions_thread();
    return lw_result;
}

LW_EXPORT int thrd_create(thrd_t *thread, thrd_start_t routine, void *argument)
{
    LW_ENTER_OR_RETURN(thrd_create, (thread, routine, argument));
    int lw_result = LW_FAILS_C11(thrd_create, LW_FRAME);
    struct lw_start *start =
        lw_result ? NULL : lw_start_new(&lw_call, (void *(*)(void *))(void (*)(void))routine, argument);
    thrd_start_t run = start ? (thrd_start_t)(void (*)(void))lw_start_run : routine;
    if (lw_result == thrd_success)
        lw_result = LW_REAL(thrd_create)(thread, run, start ? (void *)start : argument);
    lw_started(&lw_call, start, lw_result == thrd_success ? 0 : EAGAIN, lw_result == thrd_success ? thread : NULL,
               stack_size(NULL));
    return lw_result;
}

/* ---- Joined ---- */

/* Its board says meanwhile whom it waits for. What always succeeds is written down before, as any release is: behind it the
 * same pthread_t may be another thread's. What may well come back in vain is written down behind it. */
#define GIVE(symbol, how, is_sure, parameters, arguments)                                                              \
    LW_EXPORT int symbol parameters                                                                                    \
    {                                                                                                                  \
        LW_ENTER_OR_RETURN(symbol, arguments);                                                                         \
        struct lw_taking taking;                                                                                       \
        bool waits =                                                                                                   \
            lw_locking && lw_take_begin(&taking, (const void *)thread, LW_HOOK_##symbol, LW_THREAD, how, LW_FRAME);    \
        if (is_sure)                                                                                                   \
            lw_releasing_handle(&lw_call, (const void *)thread);                                                       \
        int lw_result = LW_REAL(symbol) arguments;                                                                     \
        if (waits)                                                                                                     \
            lw_take_over(&taking);                                                                                     \
        if (!is_sure && lw_result == 0)                                                                                \
            lw_releasing_handle(&lw_call, (const void *)thread);                                                       \
        if (lw_result == 0)                                                                                            \
            lw_released(&lw_call, 0);                                                                                  \
        else                                                                                                           \
            lw_release_undone(&lw_call);                                                                               \
        return lw_result;                                                                                              \
    }

GIVE(pthread_join, 0, true, (pthread_t thread, void **result), (thread, result))
GIVE(pthread_tryjoin_np, LW_WAIT_NEVER, false, (pthread_t thread, void **result), (thread, result))
GIVE(pthread_timedjoin_np, LW_WAIT_TIMED, false, (pthread_t thread, void **result, const struct timespec *until),
     (thread, result, until))
GIVE(pthread_clockjoin_np, LW_WAIT_TIMED, false,
     (pthread_t thread, void **result, clockid_t clock, const struct timespec *until), (thread, result, clock, until))
GIVE(thrd_join, 0, true, (thrd_t thread, int *result), (thread, result))
/* Written down before, for the same reason. */
#define DETACH(symbol, type)                                                                                           \
    LW_EXPORT int symbol(type thread)                                                                                  \
    {                                                                                                                  \
        LW_ENTER_OR_RETURN(symbol, (thread));                                                                          \
        lw_detaching(&lw_call, (pthread_t)thread);                                                                     \
        int lw_result = LW_REAL(symbol)(thread);                                                                       \
        if (lw_result == 0)                                                                                            \
            lw_released(&lw_call, 0);                                                                                  \
        else                                                                                                           \
            lw_release_undone(&lw_call);                                                                               \
        return lw_result;                                                                                              \
    }

DETACH(pthread_detach, pthread_t)
DETACH(thrd_detach, thrd_t)

/* ---- Named ---- */

LW_EXPORT int pthread_setname_np(pthread_t thread, const char *name)
{
    int lw_result = LW_REAL(pthread_setname_np)(thread, name);
    if (lw_result == 0 && pthread_equal(thread, pthread_self()))
        lw_name_changed(name);
    else if (lw_result == 0)
        lw_name_given(thread, name);
    return lw_result;
}
