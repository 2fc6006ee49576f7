/* What takes from a process the place where its ledger would go: one that is to have a ledger, but none yet, begins it while
 * it can. (Its limits: see limits.c, its system calls: see seccomp.c.) */
#include <sched.h>
#include <unistd.h>

#include "hook.h"
#include "wake/wake.h"

LW_EXPORT int chroot(const char *path)
{
    lw_begin_if_on_roll();
    return LW_REAL(chroot)(path);
}

LW_EXPORT int unshare(int flags)
{
    lw_begin_if_on_roll();
    return LW_REAL(unshare)(flags);
}

LW_EXPORT int setns(int fd, int kinds)
{
    lw_begin_if_on_roll();
    return LW_REAL(setns)(fd, kinds);
}
