/* A process that gives up system calls is about to: take what will be needed, and make no more from then on. (The
 * other road there, syscall(SYS_seccomp), passes through syscalls.c.) */
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/prctl.h>

#include "hook.h"
#include "lock/lock.h"
#include "process/process.h"
#include "shared.h"
#include "system/system.h"
#include "wake/wake.h"

bool lw_forbids_clock(long option, long value)
{
    return (option == PR_SET_SECCOMP && value == SECCOMP_MODE_STRICT) ||
           (option == PR_SET_TSC && value == PR_TSC_SIGSEGV);
}

LW_EXPORT int prctl(int option, ...)
{
    va_list more;
    va_start(more, option);
    unsigned long b = va_arg(more, unsigned long), c = va_arg(more, unsigned long), d = va_arg(more, unsigned long),
                  e = va_arg(more, unsigned long);
    va_end(more);
    struct lw_call call;
    if (lw_forbids_clock(option, (long)b))
        lw_clock_forbidden();
    if (option == PR_SET_NAME) {
        int named = LW_REAL(prctl)(option, b, c, d, e);
        if (named == 0)
            lw_name_changed((const char *)b);
        return named;
    }
    if (option != PR_SET_SECCOMP || !lw_enter(&call, LW_HOOK_prctl, LW_FRAME))
        return LW_REAL(prctl)(option, b, c, d, e);
    bool before = lw_become_strict();
    int result = LW_REAL(prctl)(option, b, c, d, e);
    lw_strict_tried(before, result == 0);
    return result;
}
