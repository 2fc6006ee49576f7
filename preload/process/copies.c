/* Copies from addresses that a program has passed, which may be anything. */
#include <string.h>

#include "filter.h"
#include "system/system.h"

/* Calls that read a few bytes, refuse them for what else they were passed, and do no more. */
static long ask_by_limits(uintptr_t address)
{
    return lw_system4(SYS_prlimit64, 0, -1, address, 0);
}

static long ask_by_signals(uintptr_t address)
{
    return lw_system4(SYS_rt_sigprocmask, -1, address, 0, 8);
}

static bool all_pages(uintptr_t from, size_t bytes, long (*ask)(uintptr_t))
{
    uintptr_t last = from + bytes - 1;
    if (bytes == 0 || last < from)
        return bytes == 0;
    for (uintptr_t at = from & ~(uintptr_t)15; at <= last; at = (at | (LW_PAGE - 1)) + 1)
        if (ask(at) != -EINVAL)
            return false;
    return true;
}

/* The first call may be refused, by a kernel or a container that knows better. */
bool lw_copy_in(void *to, const void *from, size_t bytes)
{
    struct iovec here = {to, bytes}, there = {(void *)(uintptr_t)from, bytes};
    long result = lw_careful
                      ? -EPERM
                      : lw_syscall6(SYS_process_vm_readv, lw_system0(SYS_getpid), (long)&here, 1, (long)&there, 1, 0);
    if (result >= 0 || result == -EFAULT)
        return result == (long)bytes;
    if (!all_pages((uintptr_t)from, bytes, lw_careful ? ask_by_limits : ask_by_signals))
        return false;
    memcpy(to, from, bytes);
    return true;
}
