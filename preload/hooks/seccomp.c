/* A process that gives up system calls is about to: take what will be needed, and make no more from then on. (The
 * other road there, syscall(SYS_seccomp), passes through syscalls.c.) */
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/prctl.h>

#include "hook.h"
#include "process/process.h"
#include "system/system.h"
#include "wake/wake.h"

/* Does a call forbid to read the processor's clock, or allow it again? What it says holds for the thread, and those that it
 * starts; nobody's is read any more, which is on the safe side. */
static bool stops_clock(int option, unsigned long value)
{
    return (option == PR_SET_SECCOMP && value == SECCOMP_MODE_STRICT) ||
           (option == PR_SET_TSC && value == PR_TSC_SIGSEGV);
}

static int call_prctl(int option, unsigned long b, unsigned long c, unsigned long d, unsigned long e)
{
    bool stops = stops_clock(option, b) && lw_clock_stood == 0;
    if (stops)
        lw_clock_stop();
    int result = LW_REAL(prctl)(option, b, c, d, e);
    if ((stops && result != 0) || (option == PR_SET_TSC && b == PR_TSC_ENABLE && result == 0))
        lw_clock_go_on();
    return result;
}

LW_EXPORT int prctl(int option, ...)
{
    va_list more;
    va_start(more, option);
    unsigned long b = va_arg(more, unsigned long), c = va_arg(more, unsigned long), d = va_arg(more, unsigned long),
                  e = va_arg(more, unsigned long);
    va_end(more);
    struct lw_call call;
    if (option != PR_SET_SECCOMP || !lw_enter(&call, LW_HOOK_prctl, LW_FRAME))
        return call_prctl(option, b, c, d, e);
    bool before = lw_become_strict();
    int result = call_prctl(option, b, c, d, e);
    lw_strict_tried(before, result == 0);
    return result;
}
