/* Pipes. */
#include <fcntl.h>
#include <unistd.h>

#include "hook.h"

LW_ACQUIRE_PAIR(pipe, (int ends[2]), (ends), .cloexec = false)
LW_ACQUIRE_PAIR(__pipe, (int ends[2]), (ends), .cloexec = false)

LW_EXPORT int pipe2(int ends[2], int flags)
{
    LW_ENTER_OR_RETURN(pipe2, (ends, flags));
    int lw_result = LW_UNLESS_INJECTED(pipe2, -1, NULL, (ends, flags));
    if (__builtin_expect(lw_reusing_late, 0) && lw_result == 0)
        lw_ends_moved(ends);
    lw_acquired_pair(&lw_call, lw_result, ends, LW_KIND_OF_pipe2,
                     &(struct lw_detail){.open_flags = (uint32_t)flags, .cloexec = flags & O_CLOEXEC});
    return lw_result;
}
