/* dlopen and dlsym of a program that was attached to: what has been loaded is swept. */
#include "late.h"

#include <errno.h>
#include <string.h>

void *lw_late_dlopen_real, *lw_late_dlsym_real;
bool lw_late_pending;

/* With a path that says all, it does not matter who calls; else whoever does is looked at by the loader, for where it
 * searches, and must be the caller: then what came in is swept later. */
__attribute__((used, visibility("hidden"))) bool lw_late_says_all(const char *file)
{
    return strchr(file, '/') && !strchr(file, '$');
}

__attribute__((used, visibility("hidden"))) void lw_late_catch_up(void)
{
    int error = errno;
    if (__atomic_exchange_n(&lw_late_pending, false, __ATOMIC_ACQ_REL))
        lw_late_sweep_locked();
    errno = error;
}

__attribute__((used, visibility("hidden"))) void *lw_late_dlopen_and_sweep(const char *file, int mode)
{
    void *(*real)(const char *, int);
    memcpy(&real, &lw_late_dlopen_real, sizeof real);
    void *handle = real(file, mode);
    int error = errno;
    if (handle)
        lw_late_sweep_locked();
    errno = error;
    return handle;
}
