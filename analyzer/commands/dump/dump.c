/* leakwatch dump: shows what is in a ledger, for debugging leakwatch itself. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/complain.h"
#include "commands/commands.h"
#include "commands/help_text.h"
#include "ledger.h"
#include "ledger/merged.h"

static error_t parse(int key, char *argument, struct argp_state *state)
{
    const char **path = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (*path)
            argp_error(state, "one ledger at a time");
        *path = argument;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which ledger?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int dump_merged(const char *path)
{
    struct merged *merged;
    struct ledger *ledger;
    struct ledger_error error;
    int next, status = 0;
    if (merged__open(&merged, path, &error) != 0)
        return complain("%s", error.text);
    while ((next = merged__next(merged, &ledger, &error)) != 0) {
        if (next < 0) {
            status = complain("%s", error.text);
            continue;
        }
        dump__ledger(stdout, ledger);
        ledger__close(ledger);
    }
    merged__close(merged);
    return status;
}

static int dump(const char *path)
{
    struct ledger *ledger;
    struct ledger_error error;
    if (ledger__open(&ledger, path, &error) != 0)
        return error.why == LEDGER_MERGED ? dump_merged(path) : complain("%s", error.text);
    dump__ledger(stdout, ledger);
    ledger__close(ledger);
    return 0;
}

static int perform(int argc, char **argv)
{
    const char *path = NULL;
    argp_err_exit_status = EXIT_TROUBLE;
    argp_parse(command_dump.argp, argc, argv, 0, NULL, &path);
    int status = dump(path);
    if (fflush(stdout) != 0 || ferror(stdout))
        return complain("the dump cannot be written: %s", strerror(errno));
    return status;
}

static const struct argp arguments = {
    .help_filter = help_text__filter,
    .parser = parse,
    .args_doc = "LEDGER",
    .doc = "Print every record of a ledger, one a line, for debugging leakwatch itself: the record's name first, then "
           "its fields as `field=value` in the order of leakwatch/ledger.h. Texts are quoted, and what could move a "
           "cursor in them is escaped. The ledger of a running process may be looked at, too.\v"
           "EXAMPLES\n"
           "  leakwatch dump leakwatch.app.4242.1234567.0.lwl\n"
           "  leakwatch dump app.lwl | grep '^slot .* word=held'   # what is open\n"
           "  leakwatch dump app.lwl | grep '^damage'              # what is wrong with it",
};

const struct command command_dump = {"dump", "print every record of a ledger, for debugging leakwatch itself",
                                     &arguments, perform};
