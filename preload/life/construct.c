/* The constructor: what must be done before main, and no more.
 *
 * DESIGN. Settings, the handlers that shall run last, and where descendants will find this process's ledger. Other
 * libraries' constructors may have called hooks before: then most of it has been started already. */
#define _GNU_SOURCE
#include <errno.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account/account.h"
#include "function/function.h"
#include "inject/inject.h"
#include "life.h"
#include "lock/lock.h"
#include "process/process.h"
#include "scope/scope.h"
#include "stack/stack.h"
#include "wake/wake.h"

/* Relative directories count from where the first process started. False: nothing had to change, or could. */
static LW_START_CODE bool settle_directory(void)
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

static void thread_ends(void)
{
    lw_scopes_thread_ends();
    lw_thread_over();
}

/* Ours, before or behind the C library: which of them does the loader tell of first? */
static LW_START_CODE int look_who_is_first(struct dl_phdr_info *info, size_t size, void *found)
{
    extern const char __ehdr_start[] __attribute__((visibility("hidden")));
    const char *slash = info->dlpi_name ? strrchr(info->dlpi_name, '/') : NULL;
    (void)size;
    *(bool *)found = slash && strncmp(slash, "/libc.so", 8) == 0;
    return *(bool *)found || info->dlpi_addr == (uintptr_t)__ehdr_start;
}

/* Loaded by dlopen into a program that runs: none of its calls come to us. */
static LW_START_CODE bool came_late(void)
{
    bool found = false;
    dl_iterate_phdr(look_who_is_first, &found);
    return found;
}

/* Neither its directory, which may be any, nor its environment, which it may be changing just now, says anything. */
bool lw_construct_late(const char *options)
{
    lw_late_options = options;
    if (lw_constructed) {
        memset(&lw_options, 0, sizeof lw_options);
        lw_options_read(&lw_options, options);
        lw_modules_forget();
        lw_locks_start();
        return true;
    }
    if (!lw_start())
        return false;
    lw_injections_start();
    lw_functions_start();
    lw_locks_start();
    lw_key_start(thread_ends);
    lw_ends_start();
    lw_constructed = true;
    return true;
}

__attribute__((constructor)) static void construct(int count, char **argv, char **environment)
{
    (void)count;
    int error = errno;
    lw_arguments = argv;
    lw_keep_first_argument();
    if (!environ)
        environ = environment;
    lw_late = came_late();
    if (lw_late)
        leakwatch_attached = (struct leakwatch_attached){.version = LEAKWATCH_ATTACHMENT_VERSION};
    if (!lw_late && lw_start()) {
        bool moved = settle_directory();
        lw_injections_start();
        lw_functions_start();
        lw_locks_start();
        lw_key_start(thread_ends);
        lw_link_start(environment);
        lw_ends_start();
        lw_constructed = true;
        if (moved)
            publish_directory(environment);
        if (lw_options.strict || (lw_options.keep_all && !lw_roll_enter()))
            lw_begin();
        if (lw_options.strict)
            lw_become_strict();
    }
    errno = error;
}
