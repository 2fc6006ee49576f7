/* The constructor: what must be done before main, and no more.
 *
 * DESIGN. Settings, the handlers that shall run last, and where descendants will find this process's ledger. Other
 * libraries' constructors may have called hooks before: then most of it has been started already. */
#define _GNU_SOURCE
#include <errno.h>
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

__attribute__((constructor)) static void construct(int count, char **argv, char **environment)
{
    (void)count;
    int error = errno;
    lw_arguments = argv;
    lw_keep_first_argument();
    if (!environ)
        environ = environment;
    if (lw_start()) {
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
