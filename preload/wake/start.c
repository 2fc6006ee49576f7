/* The start of leakwatch in a process, from the constructor or from a hook that is called before it: real functions,
 * settings, the page that fork wipes. The ledger comes later: see begin.c. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process/process.h"
#include "real/real.h"
#include "stack/stack.h"
#include "symbol/symbol.h"
#include "system/system.h"
#include "wake.h"

/* The kernel's function that tells the time, in the library that it maps into every process. */
static void find_clock(void)
{
#if defined(__x86_64__)
    static const char name[] = "__vdso_clock_gettime";
#else
    static const char name[] = "__kernel_clock_gettime";
#endif
    uint64_t base = getauxval(AT_SYSINFO_EHDR);
    const Elf64_Ehdr *file = (const Elf64_Ehdr *)base;
    struct lw_exports exports;
    if (!base || !lw_exports_of(&exports, base, (const Elf64_Phdr *)(base + file->e_phoff), file->e_phnum))
        return;
    uint64_t function = lw_export_address(&exports, name);
    if (function)
        __atomic_store_n(&lw_read_clock, (int (*)(clockid_t, struct timespec *))function, __ATOMIC_RELAXED);
}

/* Before the C library has its environment (in preinit_array) there are no settings to read yet. */
LW_START_CODE bool lw_start(void)
{
    uint32_t early = LW_PHASE_EARLY;
    if (!lw_relocated() || !environ)
        return false;
    if (!__atomic_compare_exchange_n(&lw_phase, &early, LW_PHASE_STARTING, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return early >= LW_PHASE_READY && early != LW_PHASE_OFF;
    int error = errno;
    lw_real_resolve();
    lw_options_read(&lw_options, lw_late ? lw_late_options : getenv(LW_OPTIONS_VARIABLE));
    if (!lw_options.quiet && !lw_late)
        lw_say_to_this_stderr();
    lw_check = lw_options.check;
    lw_reusing_late = lw_options.reuse_late;
    lw_era = 1;
    find_clock();
    lw_caller_start();
    lw_modules_start();
    lw_library_path_start();
    *lw_owner = LW_OURS;
    lw_pid = lw_own_tid(); /* the first thread's; whoever looks at the filter knows it better */
    if (!lw_pid || lw_late || lw_options.scopes[0] || lw_options.inject[0])
        lw_filter_look();
    errno = error;
    __atomic_store_n(&lw_phase, LW_PHASE_READY, __ATOMIC_RELEASE);
    return true;
}
