/* The limit of descriptors is changed: setrlimit, prlimit, and what they are called otherwise. */
#define _GNU_SOURCE
#include <sys/resource.h>

#include "hook.h"
#include "process/process.h"
#include "shared.h"
#include "system/system.h"
#include "wake/wake.h"

_Static_assert(sizeof(struct rlimit) == sizeof(struct rlimit64), "one is not the other");

bool lw_limit_matters(int resource, const struct rlimit *wanted)
{
    lw_begin_if_on_roll(); /* there may be no room for a ledger afterwards */
    return resource == RLIMIT_NOFILE && wanted;
}

/* By the number of any of its threads, too. */
static bool is_own(pid_t pid)
{
    return pid == 0 || (uint32_t)pid == lw_pid || (!lw_strict && !lw_thread_is_gone((uint32_t)pid));
}

/* The kernel knows best: others may have changed it again. What it has read may be looked at, unless it has written the old
 * one over it. */
void lw_limit_set(struct lw_call *call, pid_t pid, const struct rlimit *wanted, const struct rlimit *old)
{
    struct rlimit now = {0, 0};
    if (!lw_keeping() || !is_own(pid) || (lw_strict && wanted == old))
        return;
    if (lw_strict)
        now = *wanted;
    else if (lw_system4(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, &now) != 0)
        return;
    lw_limit_changed(call, now.rlim_cur, now.rlim_max);
}

#define SET(symbol, limit)                                                                                             \
    LW_EXPORT int symbol(__rlimit_resource_t resource, const struct limit *wanted)                                     \
    {                                                                                                                  \
        const struct rlimit *new = (const struct rlimit *)wanted;                                                      \
        if (!lw_limit_matters((int)resource, new))                                                                     \
            return LW_REAL(symbol)(resource, wanted);                                                                  \
        LW_ENTER_OR_RETURN(symbol, (resource, wanted));                                                                \
        int lw_result = LW_REAL(symbol)(resource, wanted);                                                             \
        if (lw_result == 0)                                                                                            \
            lw_limit_set(&lw_call, 0, new, NULL);                                                                      \
        return lw_result;                                                                                              \
    }

#define SET_OF(symbol, limit)                                                                                          \
    LW_EXPORT int symbol(pid_t pid, __rlimit_resource_t resource, const struct limit *wanted, struct limit *old)       \
    {                                                                                                                  \
        const struct rlimit *new = (const struct rlimit *)wanted;                                                      \
        if (!lw_limit_matters((int)resource, new))                                                                     \
            return LW_REAL(symbol)(pid, resource, wanted, old);                                                        \
        LW_ENTER_OR_RETURN(symbol, (pid, resource, wanted, old));                                                      \
        int lw_result = LW_REAL(symbol)(pid, resource, wanted, old);                                                   \
        if (lw_result == 0)                                                                                            \
            lw_limit_set(&lw_call, pid, new, (const struct rlimit *)old);                                              \
        return lw_result;                                                                                              \
    }

SET(setrlimit, rlimit)
SET(setrlimit64, rlimit64)
SET_OF(prlimit, rlimit)
SET_OF(prlimit64, rlimit64)
