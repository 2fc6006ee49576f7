/* leakwatch run: runs a command watched, then reports on it and on every process that it started. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../environment.h"
#include "../heap.h"
#include "../launch.h"
#include "../target.h"
#include "commands.h"
#include "common.h"
#include "ledger_list.h"
#include "reporting.h"
#include "run_directory.h"
#include "successors.h"

enum { EXIT_OWN_FAILURE = 125, EXIT_NOT_EXECUTABLE = 126, EXIT_NOT_FOUND = 127, EXIT_BY_SIGNAL = 128 };

static const char doc[] =
    "Runs CMD watched, and afterwards reports to stderr what it and the processes that it started never gave back. CMD "
    "has the terminal, the signals and the exit status that it would have without leakwatch.\v"
    "EXIT STATUS\n"
    "  CMD's own, or 128+N when signal N ended it; N of --error-exitcode=N if there are findings of level warning or "
    "above (or of that of --fail-on); 125 if leakwatch itself failed, 126 if CMD cannot be executed, 127 if it was "
    "not found.\n"
    "\n"
    "ENVIRONMENT\n"
    "  LEAKWATCH_OPTIONS  settings for the watched processes; help=1 lists them\n"
    "  LEAKWATCH_LIBRARY  the libleakwatch.so to use\n"
    "  TMPDIR             where ledgers are kept for as long as the run takes\n"
    "\n"
    "EXAMPLES\n"
    "  leakwatch run ./server --port 8080\n"
    "  leakwatch run --error-exitcode=1 -- make check\n"
    "  leakwatch run --format json --output leaks.json -- python3 script.py\n"
    "  leakwatch run --keep-ledgers /var/tmp/lw ./server\n"
    "  leakwatch run --suppressions known.supp --kind fd-leak,dir-leak ./server";

struct run_input {
    struct common_options common;
    const char *keep; /* directory for ledgers; NULL: a private one that is removed */
    bool error_status_is_given;
    int error_status;
    double grace;
    char **command; /* ends with NULL */
};

enum key { KEY_KEEP_LEDGERS = 512, KEY_ERROR_EXITCODE, KEY_GRACE };

static const struct argp_option option_table[] = {
    {NULL, 0, NULL, 0, "How it is run:", 1},
    {"error-exitcode", KEY_ERROR_EXITCODE, "N", 0, "Exit with status N if there are findings", 1},
    {"keep-ledgers", KEY_KEEP_LEDGERS, "DIR", 0, "Keep the ledgers in DIR, which is made if need be", 1},
    {"grace", KEY_GRACE, "SECONDS", 0, "Wait so long for processes that outlive CMD (default 2)", 1},
    {0},
};

static double grace_argument(struct argp_state *state, const char *text)
{
    char *end;
    double seconds = strtod(text, &end);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || !(seconds <= 1e6))
        argp_error(state, "--grace wants seconds from 0 to 1000000, not '%s'", text);
    return seconds;
}

static void take_command(struct run_input *input, struct argp_state *state)
{
    input->command = state->argv + state->next - 1;
    state->next = state->argc; /* what follows is the command's */
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct run_input *input = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &input->common;
        break;
    case KEY_KEEP_LEDGERS:
        input->keep = value;
        break;
    case KEY_ERROR_EXITCODE:
        input->error_status = (int)number_argument(state, "--error-exitcode", value, UCHAR_MAX);
        input->error_status_is_given = true;
        break;
    case KEY_GRACE:
        input->grace = grace_argument(state, value);
        break;
    case ARGP_KEY_ARG:
        take_command(input, state);
        break;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "no command named");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_child children[] = {{&common_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = option_table, .parser = parse, .args_doc = "[--] CMD [ARG…]", .doc = doc, .children = children};

/* ---- Before ------------------------------------------------------------------------------------------------------ */

struct watch {
    const struct run_input *input;
    struct target target;
    struct run_directory directory;
    struct reporting *reporting;
    bool may_preload;
};

static void prepare(void *context)
{
    const struct watch *watch = context;
    environment__prepare(watch->may_preload ? watch->directory.library : NULL, watch->directory.path);
}

/* 0, or the exit status for a command that cannot be run at all. */
static int check_target(struct watch *watch)
{
    target__check(&watch->target, watch->input->command[0]);
    if (watch->target.reason != NULL)
        complain("%s", watch->target.reason);
    watch->may_preload = watch->target.state != TARGET_INCOMPATIBLE;
    if (watch->target.state == TARGET_NOT_FOUND)
        return EXIT_NOT_FOUND;
    return watch->target.state == TARGET_NOT_EXECUTABLE ? EXIT_NOT_EXECUTABLE : 0;
}

static int get_ready(struct watch *watch)
{
    int status = check_target(watch);
    if (status != 0)
        return status;
    watch->reporting = reporting__new(&watch->input->common);
    if (watch->reporting == NULL || reporting__try_files(watch->reporting) != 0 ||
        run_directory__open(&watch->directory, watch->input->keep) != 0)
        return EXIT_OWN_FAILURE;
    return 0;
}

/* ---- After ------------------------------------------------------------------------------------------------------- */

static int exec_failure(const struct watch *watch, int error)
{
    complain("%s: %s", watch->input->command[0], strerror(error));
    return error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

static void tell_unwatched(const struct watch *watch)
{
    if (watch->target.reason != NULL)
        complain("not watched: no process of the run left a ledger");
    else
        complain("not watched: no process of the run left a ledger; does %s, or what starts it, clean its environment?",
                 watch->input->command[0]);
}

/* A program that was executed begins its ledger at once; where none is, it was not watched. */
static void tell_lost_images(const struct ledger_list *ledgers)
{
    size_t lost = successors__missing(ledgers);
    if (lost > 0)
        complain("not watched: %zu %s executed but left no ledger (a static or set-user-ID program, or one whose "
                 "environment was cleaned)",
                 lost, lost == 1 ? "program was" : "programs were");
}

static char *more_text(const struct run_input *input)
{
    if (input->keep == NULL)
        return heap__copied("--full shows whole stacks and notes; --keep-ledgers DIR keeps the ledgers for "
                            "leakwatch report");
    return heap__printed("leakwatch report --full %s", input->keep);
}

/* 0 where all went well. */
static int report(struct watch *watch, const struct outcome *outcome)
{
    const struct seen_end seen = {.pid = (uint32_t)outcome->pid,
                                  .by_signal = outcome->by_signal,
                                  .status = outcome->status,
                                  .time = outcome->end};
    struct ledger_list ledgers = {.count = 0};
    int result = run_directory__ledgers(&watch->directory, &ledgers);
    for (size_t i = 0; i < ledgers.count; i++)
        result |= reporting__add(watch->reporting, ledgers.paths[i], &seen);
    if (ledgers.count == 0)
        tell_unwatched(watch);
    tell_lost_images(&ledgers);
    if (outcome->others_left)
        complain("processes that it started still run and are reported as they are now; --grace waits longer");
    char *more = more_text(watch->input);
    result |= reporting__write(watch->reporting, stderr, more);
    free(more);
    ledger_list__clear(&ledgers);
    return result;
}

static int exit_status(const struct watch *watch, const struct outcome *outcome)
{
    if (watch->input->error_status_is_given && reporting__is_bad(watch->reporting))
        return watch->input->error_status;
    return outcome->by_signal ? EXIT_BY_SIGNAL + outcome->status : outcome->status;
}

static int run(struct watch *watch)
{
    struct outcome outcome;
    const struct launch launch = {
        .argv = watch->input->command, .prepare = prepare, .context = watch, .grace = watch->input->grace};
    int status = get_ready(watch);
    if (status != 0)
        return status;
    if (launch__run(&launch, &outcome) != 0) {
        complain("no process can be started: %s", strerror(errno));
        return EXIT_OWN_FAILURE;
    }
    if (outcome.error != 0)
        return exec_failure(watch, outcome.error);
    return report(watch, &outcome) != 0 ? EXIT_OWN_FAILURE : exit_status(watch, &outcome);
}

static int perform(int argc, char **argv)
{
    struct run_input input = {.grace = 2};
    struct watch watch = {.input = &input};
    common_options__init(&input.common);
    argp_err_exit_status = EXIT_OWN_FAILURE;
    argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &input);
    int status = run(&watch);
    run_directory__close(&watch.directory);
    reporting__free(watch.reporting);
    target__clear(&watch.target);
    common_options__clear(&input.common);
    return status;
}

const struct command command_run = {"run", "run a command watched, then report on it", &argp, perform};
