/* Other numbers for what is open already. */
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include "hook.h"
#include "locks.h"
#include "shared.h"

LW_EXPORT int dup(int from)
{
    LW_ENTER_OR_RETURN(dup, (from));
    int lw_result = LW_FILE_LATE(LW_UNLESS_INJECTED(dup, -1, NULL, (from)));
    lw_duplicated(&lw_call, from, lw_result, false);
    if (lw_result < 0)
        lw_use_failed_here(&lw_call, from);
    return lw_result;
}

/* Onto itself, dup2 does nothing and dup3 fails. */
#define DUPLICATE_OVER(symbol, parameters, arguments, close_on_exec)                                                   \
    LW_EXPORT int symbol parameters                                                                                    \
    {                                                                                                                  \
        if (from == to)                                                                                                \
            return LW_REAL(symbol) arguments;                                                                          \
        LW_ENTER_OR_RETURN(symbol, arguments);                                                                         \
        lw_replacing(&lw_call, to);                                                                                    \
        int lw_result = LW_UNLESS_INJECTED(symbol, -1, NULL, arguments);                                               \
        lw_duplicated(&lw_call, from, lw_result, close_on_exec);                                                       \
        if (lw_result < 0)                                                                                             \
            lw_use_failed_here(&lw_call, from);                                                                        \
        return lw_result;                                                                                              \
    }

DUPLICATE_OVER(dup2, (int from, int to), (from, to), false)
DUPLICATE_OVER(__dup2, (int from, int to), (from, to), false)
DUPLICATE_OVER(dup3, (int from, int to, int flags), (from, to, flags), flags &O_CLOEXEC)

/* ---- fcntl ---- */

bool lw_control_matters(int command)
{
    return command == F_DUPFD || command == F_DUPFD_CLOEXEC || command == F_SETFD;
}

void lw_controlled(struct lw_call *call, int fd, int command, long argument, long result)
{
    if (command != F_SETFD)
        lw_duplicated(call, fd, (int)result, command == F_DUPFD_CLOEXEC);
    else if (result == 0)
        lw_cloexec_changed(call, fd, argument & FD_CLOEXEC);
}

/* That is how programs find out what is open. */
static bool only_asks(int command)
{
    return command == F_GETFD || command == F_GETFL;
}

static bool locks_record(int command)
{
    return command == F_SETLK || command == F_SETLKW;
}

/* The argument, where there is one, is a number or a pointer: a long holds both, and an int's upper half is ignored. */
#define CONTROL(symbol)                                                                                                \
    LW_EXPORT int symbol(int fd, int command, ...)                                                                     \
    {                                                                                                                  \
        va_list more;                                                                                                  \
        va_start(more, command);                                                                                       \
        long argument = va_arg(more, long);                                                                            \
        va_end(more);                                                                                                  \
        if (__builtin_expect(lw_reusing_late, 0) && locks_record(command))                                             \
            lw_locks_records();                                                                                        \
        if (__builtin_expect(lw_control_locks(command), 0)) {                                                          \
            struct lw_control control = {LW_HOOK_##symbol, LW_FRAME, fd, command, argument};                           \
            int result = LW_SLOWLY(lw_control_lock(&control, LW_REAL(symbol)));                                        \
            LW_LOOK_IF(result == -1, symbol, fd);                                                                      \
            return result;                                                                                             \
        }                                                                                                              \
        if (!lw_control_matters(command)) {                                                                            \
            int result = LW_REAL(symbol)(fd, command, argument);                                                       \
            LW_LOOK_IF(result == -1 && !only_asks(command), symbol, fd);                                               \
            return result;                                                                                             \
        }                                                                                                              \
        LW_ENTER_OR_RETURN(symbol, (fd, command, argument));                                                           \
        int lw_result = LW_REAL(symbol)(fd, command, argument);                                                        \
        if (command != F_SETFD)                                                                                        \
            lw_result = LW_FILE_LATE(lw_result);                                                                       \
        lw_controlled(&lw_call, fd, command, argument, lw_result);                                                     \
        if (lw_result == -1)                                                                                           \
            lw_use_failed_here(&lw_call, fd);                                                                          \
        return lw_result;                                                                                              \
    }

CONTROL(fcntl)
CONTROL(fcntl64)
CONTROL(__fcntl)
