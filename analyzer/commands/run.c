/* leakwatch run: runs a command watched, then reports on it and on every process that it started. */
#include <limits.h>
#include <stdlib.h>

#include "base/heap.h"
#include "commands.h"
#include "common.h"
#include "configuration.h"
#include "help_text.h"
#include "watch.h"

enum { EXIT_OWN_FAILURE = 125 };

static const char doc[] =
    "Runs CMD watched, and afterwards reports to stderr what it and the processes that it started never gave back. CMD "
    "has the terminal, the signals and the exit status that it would have without leakwatch.\v"
    "EXIT STATUS\n"
    "  CMD's own, or 128+N when signal N ended it (143 or 137 if --kill-hung did); N of --error-exitcode=N if there "
    "are findings of level warning or "
    "above (or of that of --fail-on); 125 if leakwatch itself failed before CMD ran, 126 if CMD cannot be executed, "
    "127 "
    "if it was not found. Once CMD has run, 125 stands only in the place of a 0: if a file that was asked for could "
    "not be "
    "written, or --error-exitcode is given and not all could be judged.\n"
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
    "  leakwatch run --hang-after 30s ./server\n"
    "  leakwatch run --suppressions known.supp --kind fd-leak,dir-leak ./server";

struct run_input {
    struct common_options common;
    struct watch_options watch;
    bool error_status_is_given;
    int error_status;
};

enum key { KEY_ERROR_EXITCODE = 640 };

static const struct argp_option option_table[] = {
    {NULL, 0, NULL, 0, "How it is run:", 1},
    {"error-exitcode", KEY_ERROR_EXITCODE, "N", 0, "Exit with status N if there are findings", 1},
    {0},
};

static void take_command(struct run_input *input, struct argp_state *state)
{
    input->watch.command = state->argv + state->next - 1;
    state->next = state->argc; /* what follows is the command's */
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct run_input *input = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &input->watch;
        state->child_inputs[1] = &input->common;
        break;
    case KEY_ERROR_EXITCODE:
        input->error_status = (int)number_argument(state, "--error-exitcode", value, UCHAR_MAX);
        input->error_status_is_given = true;
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

static const struct argp_child children[] = {{&watch_argp, 0, NULL, 1}, {&common_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {.options = option_table,
                                 .parser = parse,
                                 .args_doc = "[--] CMD [ARG…]",
                                 .doc = doc,
                                 .help_filter = help_text__filter,
                                 .children = children};

static char *more_text(const struct run_input *input)
{
    if (input->common.full)
        return input->watch.keep ? heap__printed("leakwatch report --format json %s", input->watch.keep)
                                 : heap__copied("--keep-ledgers DIR keeps the ledgers for leakwatch report");
    if (input->watch.keep == NULL)
        return heap__copied("--full shows whole stacks and notes; --keep-ledgers DIR keeps the ledgers for "
                            "leakwatch report");
    return heap__printed("leakwatch report --full %s", input->watch.keep);
}

static bool wants_files(const struct common_options *options)
{
    return options->output != NULL || options->artefact_count > 0 || options->update_baseline;
}

/* The command's status is worth more than what became of the report, which stands on stderr. */
static int final_status(const struct run_input *input, const struct watch *watch, bool is_written, bool is_judged)
{
    int status = watch__status(watch);
    bool is_owed = (!is_written && wants_files(&input->common)) || (!is_judged && input->error_status_is_given);
    return status == 0 && is_owed ? EXIT_OWN_FAILURE : status;
}

static int report(const struct run_input *input, const struct watch *watch, struct reporting *reporting)
{
    struct ledger_reading reading;
    watch__add(watch, reporting, &reading);
    char *more = more_text(input);
    bool is_written = reporting__write(reporting, stderr, more) == 0;
    free(more);
    bool is_judged = reporting__has_scope(reporting) && reading.failed == 0 && reporting__is_whole(reporting);
    if (input->common.update_baseline && reporting__update_baseline(reporting, watch__status(watch) != 0) != 0)
        is_written = false;
    if (input->error_status_is_given && reporting__is_bad(reporting))
        return input->error_status;
    return final_status(input, watch, is_written, is_judged);
}

static int run(const struct run_input *input)
{
    struct watch watch = {.options = &input->watch};
    struct reporting *reporting = reporting__new(&input->common);
    int status = reporting != NULL ? watch__run(&watch, &input->common, reporting) : WATCH_FAILED;
    if (status == 0)
        status = report(input, &watch, reporting);
    watch__clear(&watch);
    reporting__free(reporting);
    return status < 0 ? EXIT_OWN_FAILURE : status;
}

static int perform(int argc, char **argv)
{
    struct run_input input = {.watch.grace = 2};
    common_options__init(&input.common);
    argp_err_exit_status = EXIT_OWN_FAILURE;
    configuration__parse(&command_run, argc, argv, ARGP_IN_ORDER, &input);
    int status = run(&input);
    common_options__clear(&input.common);
    return status;
}

const struct command command_run = {"run", "run a command watched, then report on it", &argp, perform};
