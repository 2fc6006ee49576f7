/* fork and its relatives. Only vfork needs care: its child returns into the caller's frame first, so nothing of ours may
 * be on the stack; see vfork.S. */
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/types.h>

#include "hook.h"
#include "lock/lock.h"
#include "life/life.h"
#include "process/process.h"
#include "stack/stack.h"
#include "wake/wake.h"

/* The child is something to be waited for, if this process keeps a ledger, or has many that it has not waited for. */
#define FORK(symbol)                                                                                                   \
    LW_EXPORT pid_t symbol(void)                                                                                       \
    {                                                                                                                  \
        LW_ENTER_OR_RETURN(symbol, ());                                                                                \
        lw_begin_if_on_roll(); /* the child is to know whose it is */                                                  \
        pid_t lw_result = LW_REAL(symbol)();                                                                           \
        if (lw_result == 0)                                                                                            \
            lw_fork_noticed();                                                                                         \
        if (lw_result > 0) {                                                                                           \
            lw_file_locks_forked();                                                                                    \
            lw_acquired_handle(&lw_call, (const void *)(uintptr_t)lw_result, LW_CHILD, -1, NULL);                      \
        }                                                                                                              \
        return lw_result;                                                                                              \
    }

FORK(fork)
FORK(__fork)
FORK(_Fork)

pid_t lw_vforked(long result) __attribute__((visibility("hidden")));

/* Where vfork goes on in the parent. */
pid_t lw_vforked(long result)
{
    struct lw_call call;
    if (lw_is_error(result)) {
        errno = (int)-result;
        return -1;
    }
    if (lw_enter(&call, LW_HOOK_vfork, LW_FRAME))
        lw_acquired_handle(&call, (const void *)(uintptr_t)result, LW_CHILD, -1, NULL);
    return (pid_t)result;
}

/* Where the kernel does not tell the child that it is one, what it begins with does. It has a copy of this frame. */
struct start {
    int (*function)(void *);
    void *argument;
};

static int start_in_copy(void *argument)
{
    struct start *start = argument;
    lw_fork_noticed();
    return start->function(start->argument);
}

/* A child that shares our memory must not book on it. With CLONE_VFORK this thread waits until the child is gone;
 * without, both run, and from then on every hook asks whose call it is. */
#define CLONE(symbol)                                                                                                  \
    LW_EXPORT int symbol(int (*function)(void *), void *stack, int flags, void *argument, ...)                         \
    {                                                                                                                  \
        va_list more;                                                                                                  \
        va_start(more, argument);                                                                                      \
        void *parent_id = va_arg(more, void *), *tls = va_arg(more, void *), *child_id = va_arg(more, void *);         \
        va_end(more);                                                                                                  \
        bool shares = flags & CLONE_VM && !(flags & CLONE_THREAD);                                                     \
        if (shares)                                                                                                    \
            lw_thread.vforked = 1;                                                                                     \
        if (shares && !(flags & CLONE_VFORK)) {                                                                        \
            lw_sharing = 1;                                                                                            \
            lw_locks_stop();                                                                                           \
        }                                                                                                              \
        struct start start = {function, argument};                                                                     \
        if (lw_careful && function && !(flags & CLONE_VM))                                                             \
            return LW_REAL(symbol)(start_in_copy, stack, flags, &start, parent_id, tls, child_id);                     \
        return LW_REAL(symbol)(function, stack, flags, argument, parent_id, tls, child_id);                            \
    }

CLONE(clone)
CLONE(__clone)

LW_EXPORT int daemon(int no_chdir, int no_close)
{
    struct lw_call call;
    bool recorded = lw_enter(&call, LW_HOOK_daemon, LW_FRAME); /* so that this process is known as the parent's */
    lw_begin_if_on_roll();                                     /* the parent ends unseen, and its child tells of it */
    bool had_books = recorded && lw_keeps_books();
    int result = LW_REAL(daemon)(no_chdir, no_close);
    if (result == 0 && recorded)
        lw_fork_noticed();
    if (result == 0 && recorded && lw_enter(&call, LW_HOOK_daemon, LW_FRAME))
        lw_parent_passed_on(had_books);
    return result;
}
