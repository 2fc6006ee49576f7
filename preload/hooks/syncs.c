/* What writes data through, and asks whether it arrived. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "account/account.h"
#include "hook.h"

#define SYNC(symbol)                                                                                                   \
    LW_EXPORT int symbol(int fd)                                                                                       \
    {                                                                                                                  \
        LW_ENTER_OR_RETURN(symbol, (fd));                                                                              \
        int lw_result = LW_INJECTED_AFTER(symbol, LW_REAL(symbol)(fd));                                                \
        if (lw_result != 0) {                                                                                          \
            lw_failed_use(&lw_call, fd);                                                                               \
            lw_use_failed_here(&lw_call, fd);                                                                          \
        }                                                                                                              \
        return lw_result;                                                                                              \
    }

SYNC(fsync)
SYNC(fdatasync)

/* A mapping has no descriptor: whose it is, nobody knows. */
LW_EXPORT int msync(void *start, size_t length, int flags)
{
    LW_ENTER_OR_RETURN(msync, (start, length, flags));
    int lw_result = LW_INJECTED_AFTER(msync, LW_REAL(msync)(start, length, flags));
    if (lw_result != 0)
        lw_failed_use(&lw_call, -1);
    return lw_result;
}

/* Who asks and is told of an error has looked. */
LW_EXPORT int ferror(FILE *stream)
{
    LW_ENTER_OR_RETURN(ferror, (stream));
    int lw_result = LW_REAL(ferror)(stream);
    if (lw_result != 0)
        lw_error_looked_at(stream);
    return lw_result;
}
