/* What ends the process without running exit handlers. exit() itself is seen by the handler that runs last. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "hook.h"
#include "life/life.h"

#define END(symbol)                                                                                                    \
    LW_EXPORT __attribute__((noreturn)) void symbol(int status)                                                        \
    {                                                                                                                  \
        struct lw_call call;                                                                                           \
        if (lw_enter(&call, LW_HOOK_##symbol, LW_FRAME))                                                               \
            lw_end(LW_QUICK_EXIT, status);                                                                             \
        LW_REAL(symbol)(status);                                                                                       \
        __builtin_unreachable();                                                                                       \
    }

END(_exit)
END(_Exit)

/* Their handlers run first; the last one, ours, learns the status from here. */
LW_EXPORT __attribute__((noreturn)) void quick_exit(int status)
{
    lw_quick_status = status;
    LW_REAL(quick_exit)(status);
    __builtin_unreachable();
}

LW_EXPORT __attribute__((noreturn)) void abort(void)
{
    struct lw_call call;
    if (lw_enter(&call, LW_HOOK_abort, LW_FRAME))
        lw_end(LW_ABORT, SIGABRT);
    LW_REAL(abort)();
    __builtin_unreachable();
}
