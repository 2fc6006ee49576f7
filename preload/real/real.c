/* The real functions, looked up by name and version.
 *
 * DESIGN. All are looked up at once at the start: 154 names cost 25 to 45 us, a third of the start-up budget, and a
 * look-up takes the loader's lock and may allocate, so none may come later, from a hook. What cannot be waited for
 * (IFUNC resolvers of other libraries, the allocator that the look-up itself calls, another thread meanwhile) gets a raw
 * system call from early.c where one does the work; where none does, that one name is looked up there and then, and
 * before relocation it is refused.
 *
 * The version matters: before glibc 2.36 RTLD_NEXT gives the oldest one, with another layout of what it is passed, and
 * from then on none at all for names with a hidden version only. */
#define _GNU_SOURCE
#include "real.h"

#include <dlfcn.h>
#include <errno.h>

#include "leakwatch/ledger.h"
#include "system/system.h"

LW_START_DATA void *lw_real_table[LW_HOOK_COUNT];
LW_START_DATA void *lw_other_vfork;

/* Sanitizers stand between us and the C library, and have no versions: they must see threads, and what these lock. */
void __asan_init(void) __attribute__((weak));
void __tsan_init(void) __attribute__((weak));

static bool is_watched_by_others(const struct lw_hook_row *row)
{
    enum lw_class class_ = lw_class(row->kind);
    return (class_ == LW_CLASS_LOCK || class_ == LW_CLASS_THREAD) && (__asan_init || __tsan_init);
}

static LW_START_CODE void *look_up(uint32_t hook)
{
    const struct lw_hook_row *row = &lw_hooks[hook];
    bool has_version = row->version[sizeof LW_LIBC - 1] != 0;
    void *found = has_version && !is_watched_by_others(row) ? dlvsym(RTLD_NEXT, row->name, row->version) : NULL;
    return found ? found : dlsym(RTLD_NEXT, row->name);
}

/* What this C library does not have is younger than it: the kernel may still know it. */
static LW_START_CODE void *stand_in(uint32_t hook)
{
    void *early = lw_early(hook);
    return early ? early : lw_refusal(hook);
}

LW_START_CODE void lw_real_resolve(void)
{
    int error = errno;
    bool missing = false;
    for (uint32_t hook = 0; hook < LW_HOOK_COUNT; hook++) {
        void *found = look_up(hook);
        missing |= !found;
        __atomic_store_n(&lw_real_table[hook], found ? found : stand_in(hook), __ATOMIC_RELAXED);
    }
    /* The C library has one under two names; whoever replaces it does so under one. */
    if (lw_real_table[LW_HOOK_vfork] != lw_real_table[LW_HOOK___vfork])
        lw_other_vfork = lw_real_table[LW_HOOK_vfork];
    lw_libc_is_whole = dlvsym(RTLD_NEXT, "dlvsym", LW_LIBC "2.34") != NULL;
    if (missing || !lw_libc_is_whole)
        dlerror(); /* the failures are ours: the program must not find them */
    errno = error;
}

void *lw_real_meanwhile(uint32_t hook)
{
    void *early = lw_early(hook);
    if (early)
        return early;
    void *found = lw_relocated() ? look_up(hook) : NULL;
    return found ? found : lw_refusal(hook);
}
