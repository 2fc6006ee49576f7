/* The loader's lock, by the one way that leads there from outside: dlsym holds it while it asks the resolver of an indirect
 * function. A constructor that holds it comes in, too. */
#include "late.h"

#include <dlfcn.h>

#include "process/process.h"

bool lw_late_back;

static void nothing(void)
{
}

/* Nobody but lw_late_sweep_locked asks for that function. */
__attribute__((used)) static void (*resolve(void))(void)
{
    if (__atomic_load_n(&lw_constructed, __ATOMIC_ACQUIRE))
        lw_late_sweep(__atomic_load_n(&lw_late_back, __ATOMIC_ACQUIRE));
    return nothing;
}

__attribute__((visibility("default"))) void leakwatch_under_lock(void) __attribute__((ifunc("resolve")));

void lw_late_sweep_locked(void)
{
    Dl_info about;
    struct link_map *own = NULL;
    if (dladdr1((void *)lw_late_sweep_locked, &about, (void **)&own, RTLD_DL_LINKMAP) && own)
        (void)dlsym(own, "leakwatch_under_lock");
}
