/* The start of leakwatch in a process, from the constructor or from a hook that is called before it.
 *
 * DESIGN. The constructor does what must be done before main and no more: real functions, settings, the page that fork
 * wipes, the handlers that shall run last. Another library's constructor may call a hook before ours has run; then it
 * starts here too. The ledger comes later: see begin.c. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "caller.h"
#include "ledger.h"
#include "injections.h"
#include "life.h"
#include "modules.h"
#include "functions.h"
#include "filter.h"
#include "private_library.h"
#include "process.h"
#include "reuse.h"
#include "real.h"
#include "scope.h"
#include "system.h"
#include "thread.h"

LW_HOT_DATA uint32_t lw_phase, lw_era, lw_generation, lw_pid, lw_check, lw_events;
LW_HOT_DATA bool lw_strict;
LW_HOT_DATA volatile uint32_t *lw_owner;
struct lw_options lw_options;
LW_HOT_DATA bool lw_constructed;
char **lw_arguments;

/* A sanitizer notes where the time is written to, and a stack of ours is used by one thread after the other; so that is
 * thread-local. A handler may come in between: then the seconds have changed, or it does not matter. */
LW_HOT_CODE uint64_t lw_now_of(int clock)
{
    static __thread struct timespec now __attribute__((tls_model("initial-exec")));
    volatile struct timespec *read = &now;
    uint64_t seconds, nanoseconds;
    do {
        clock_gettime(clock, &now);
        seconds = (uint64_t)read->tv_sec;
        nanoseconds = (uint64_t)read->tv_nsec;
    } while (seconds != (uint64_t)read->tv_sec);
    return seconds * 1000000000u + nanoseconds;
}

LW_HOT_CODE uint64_t lw_now(void)
{
    return lw_now_of(CLOCK_MONOTONIC_COARSE);
}

/* ---- Start ---- */

static bool own_page(void)
{
    long page = lw_syscall6(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (lw_is_error(page))
        return false;
    lw_owner = (volatile uint32_t *)page;
    *lw_owner = LW_OURS;
    lw_pid = lw_own_tid(); /* the first thread's; whoever looks at the filter knows it better */
    return true;
}

/* Before the C library has its environment (in preinit_array) there are no settings to read yet. */
bool lw_start(void)
{
    uint32_t early = LW_PHASE_EARLY;
    if (!lw_relocated() || !environ)
        return false;
    if (!__atomic_compare_exchange_n(&lw_phase, &early, LW_PHASE_STARTING, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return early >= LW_PHASE_READY && early != LW_PHASE_OFF;
    int error = errno;
    lw_real_resolve();
    lw_options_read(&lw_options, getenv(LW_OPTIONS_VARIABLE));
    lw_check = lw_options.check;
    lw_events = lw_options.events;
    lw_reusing_late = lw_options.reuse_late;
    lw_injections_read(lw_options.inject);
    lw_era = 1;
    lw_caller_start();
    lw_modules_start();
    lw_library_path_start();
    bool good = own_page();
    if (good && (!lw_pid || lw_options.scopes[0] || lw_options.inject[0]))
        lw_filter_look();
    lw_functions_start();
    errno = error;
    __atomic_store_n(&lw_phase, good ? LW_PHASE_READY : LW_PHASE_OFF, __ATOMIC_RELEASE);
    return good;
}

/* Relative directories count from where the first process started. False: nothing had to change, or could. */
static bool settle_directory(void)
{
    char here[sizeof lw_options.directory];
    if (lw_options.directory[0] == '/')
        return false;
    if (!lw_own_directory(here, sizeof here)) {
        lw_filter_look();
        if (lw_careful || !lw_own_directory(here, sizeof here))
            return false;
    }
    size_t base = strlen(here), sub = strlen(lw_options.directory);
    if (base + sub + 2 > sizeof here)
        return false;
    if (sub) {
        here[base] = '/';
        memcpy(here + base + 1, lw_options.directory, sub + 1);
    }
    memcpy(lw_options.directory, here, sizeof here);
    return true;
}

/* Descendants must find that directory, those too which the C library itself executes (system, popen): so it stands in
 * the environment. A later dir= wins over an earlier one. */
static void publish_directory(char **environment)
{
    static char variable[sizeof LW_OPTIONS_VARIABLE + 2 * sizeof lw_options.directory];
    const char *given = getenv(LW_OPTIONS_VARIABLE);
    if (strlen(lw_options.directory) + (given ? strlen(given) : 0) + 40 > sizeof variable)
        return;
    char *at = stpcpy(variable, LW_OPTIONS_VARIABLE "=");
    if (given)
        at = stpcpy(stpcpy(at, given), ":");
    stpcpy(stpcpy(stpcpy(at, "dir=\""), lw_options.directory), "\"");
    for (; given && *environment; environment++)
        if (strncmp(*environment, LW_OPTIONS_VARIABLE "=", sizeof LW_OPTIONS_VARIABLE) == 0)
            *environment = variable;
    if (!given)
        putenv(variable);
}

__attribute__((constructor)) static void construct(int count, char **argv, char **environment)
{
    (void)count;
    int error = errno;
    lw_say_to_this_stderr();
    lw_arguments = argv;
    if (!environ)
        environ = environment;
    if (lw_start()) {
        bool moved = settle_directory();
        lw_link_start(environment);
        lw_ends_start();
        lw_constructed = true;
        if (moved)
            publish_directory(environment);
        if (lw_options.keep_all || lw_options.strict)
            lw_begin();
        if (lw_options.strict)
            lw_become_strict();
    }
    errno = error;
}
