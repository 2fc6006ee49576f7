/* What libunwind asks for while it walks a stack is answered by unwinder.c; the program's own calls are forwarded. */
#include <signal.h>
#include <unistd.h>

#include "hook.h"
#include "unwinder.h"

LW_EXPORT ssize_t write(int fd, const void *bytes, size_t count)
{
    if (lw_walking_here())
        return lw_unwinder_write(bytes);
    ssize_t result = LW_REAL(write)(fd, bytes, count);
    LW_LOOK_IF(result == -1, write, fd);
    return result;
}

/* All signals are blocked during a walk already. */
LW_EXPORT int sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict before)
{
    if (lw_walking_here())
        return 0;
    return LW_REAL(sigprocmask)(how, set, before);
}
