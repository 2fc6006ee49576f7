/* leakwatch sweep: makes every call of a command that acquires or releases something fail, one at a time, and says what
 * that does to the command. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/heap.h"
#include "base/output.h"
#include "commands/commands.h"
#include "commands/common.h"
#include "commands/configuration.h"
#include "commands/help_text.h"
#include "report.h"
#include "run/environment.h"
#include "run/settings.h"
#include "run/target.h"
#include "symbol/stacks.h"

enum { EXIT_BAD = 1, EXIT_BY_SIGNAL = 128, MAX_RUNS = 200, CALLERS = 4, JOBS_AT_MOST = 1024 };

static const char doc[] =
    "Runs CMD once and learns where it opens and closes things. Then runs it once for each of these places and each "
    "error "
    "that is plausible there, makes that one call fail, and says which failures were swallowed, which made it leak, "
    "crash "
    "or hang, and which were handled: one table, worst first. Each bad row has the command line that does it again. A "
    "release that is made to fail really releases; an acquisition that is made to fail acquires nothing.\v"
    "CMD runs many times, several at once: it must not get in its own way; --jobs 1 runs one after another. What it "
    "reads from its standard input is empty, what it prints is dropped, and what it has started ends with it.\n"
    "\n"
    "OUTCOMES\n"
    "  crashed      a signal ended it\n"
    "  hung         the time limit ended it\n"
    "  swallowed    a release failed or a write was lost, and it did not look\n"
    "  leaked       it left something open that it closes when nothing fails\n"
    "  misused      it closed something twice, or what was not open or not its own\n"
    "  unclear      whether it looked cannot be told\n"
    "  handled      none of these; with its exit status, if that is another one\n"
    "  not reached  this time it did not come to that place\n"
    "\n"
    "EXIT STATUS\n"
    "  0 if no failure did harm, 1 if one did, 2 for wrong usage or a command that cannot be run or watched, or does "
    "not "
    "end well by itself; 128+N if signal N interrupted it.\n"
    "\n"
    "EXAMPLES\n"
    "  leakwatch sweep -- ./save_document letter.txt\n"
    "  leakwatch sweep --jobs 1 --time-limit 5 -- ./server --self-test\n"
    "  leakwatch sweep --format json --output sweep.json --max-runs 50 -- ./tool";

struct sweep_input {
    const char *format, *output;
    size_t jobs, max_runs;
    struct sweep_choice choice;
    struct common_options common; /* which programs are left alone */
    double time_limit;
    char **command; /* ends with NULL */
};

enum key {
    KEY_JOBS = 'j',
    KEY_FORMAT = 'f',
    KEY_OUTPUT = 'o',
    KEY_MAX_RUNS = 512,
    KEY_TIME_LIMIT,
    KEY_CALLERS,
    KEY_ALL,
    KEY_SKIP_EXE
};

static const struct argp_option option_table[] = {
    {"jobs", KEY_JOBS, "N", 0, "Run N at once (default: one for each processor)", 1},
    {"max-runs", KEY_MAX_RUNS, "N", 0, "Run it at most N times (default 200); what is left out is said", 1},
    {"time-limit", KEY_TIME_LIMIT, "SECONDS", 0,
     "End a run that takes longer (default: 10 times as long as the first, and 5 s)", 1},
    {"callers", KEY_CALLERS, "N", 0,
     "Tell places apart by their N innermost callers, at most 8 (default 4): a function that wraps open is many places",
     1},
    {"all", KEY_ALL, NULL, 0,
     "Make releases fail, too, of what the first run only read: nothing can be lost there, and most programs do not "
     "look",
     1},
    {"skip-exe", KEY_SKIP_EXE, "GLOB", 0,
     "Leave programs alone whose name matches; repeatable; default: shells, compilers, build tools, git, where there "
     "is "
     "anything else; '' tries all",
     1},
    {"format", KEY_FORMAT, "FORMAT", 0, "text (default) or json", 2},
    {"output", KEY_OUTPUT, "FILE", 0, "Write the table to FILE, whole or not at all", 2},
    {0},
};

static double seconds_argument(struct argp_state *state, const char *text)
{
    char *end;
    double seconds = strtod(text, &end);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || !(seconds > 0 && seconds <= 1e6))
        wrong_value(state, "--time-limit wants seconds from above 0 to 1000000, not '%s'", text);
    return seconds;
}

static const char *format_argument(struct argp_state *state, const char *text)
{
    if (strcmp(text, "text") != 0 && strcmp(text, "json") != 0)
        wrong_value(state, "unknown format '%s'; formats are text, json", text);
    return text;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct sweep_input *input = state->input;
    switch (key) {
    case KEY_JOBS:
        input->jobs = number_argument(state, "--jobs", value, JOBS_AT_MOST);
        if (input->jobs == 0)
            wrong_value(state, "--jobs wants at least 1");
        break;
    case KEY_MAX_RUNS:
        input->max_runs = number_argument(state, "--max-runs", value, INT_MAX);
        break;
    case KEY_TIME_LIMIT:
        input->time_limit = seconds_argument(state, value);
        break;
    case KEY_CALLERS:
        input->choice.callers = number_argument(state, "--callers", value, SWEEP_CALLERS);
        if (input->choice.callers == 0)
            wrong_value(state, "--callers wants at least 1");
        break;
    case KEY_ALL:
        input->choice.all = true;
        break;
    case KEY_SKIP_EXE:
        common_options__skip(&input->common, value);
        break;
    case KEY_FORMAT:
        input->format = format_argument(state, value);
        break;
    case KEY_OUTPUT:
        input->output = value;
        break;
    case ARGP_KEY_ARG:
        input->command = state->argv + state->next - 1;
        state->next = state->argc; /* what follows is the command's */
        break;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "no command named");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp argp = {.options = option_table,
                                 .parser = parse,
                                 .args_doc = "[--] CMD [ARG…]",
                                 .doc = doc,
                                 .help_filter = help_text__filter};

/* ---- The sweep --------------------------------------------------------------------------------------------------- */

struct sweep {
    const struct sweep_input *input;
    struct symbols *symbols;
    struct stacks *stacks;
    struct sweep_sites sites;
    struct sweep_reference *reference;
    struct trial *trials;
    size_t count; /* of trials: those of the first sites */
    struct sweep_result *results;
    size_t result_count;
    bool is_explained; /* it has been said why the command cannot be watched */
};

static struct trials trials_of(const struct sweep *sweep)
{
    return (struct trials){
        .jobs = sweep->input->jobs, .time_limit = sweep->input->time_limit, .argv = sweep->input->command};
}

static int check_command(struct sweep *sweep)
{
    const struct sweep_input *input = sweep->input;
    struct target target;
    const char *options = getenv("LEAKWATCH_OPTIONS");
    target__check(&target, input->command[0]);
    bool is_bad = target.state == TARGET_NOT_FOUND || target.state == TARGET_NOT_EXECUTABLE ||
                  target.state == TARGET_INCOMPATIBLE;
    if (target.reason != NULL)
        complain("%s", target.reason);
    sweep->is_explained = target.reason != NULL;
    target__clear(&target);
    char *library = environment__library();
    bool is_mistyped = settings__check(library) != 0;
    free(library);
    is_bad = is_bad || is_mistyped;
    if (!is_mistyped && options != NULL && strstr(options, "inject=") != NULL) {
        complain("LEAKWATCH_OPTIONS has inject= already: a sweep needs runs in which nothing else fails");
        return EXIT_TROUBLE;
    }
    return is_bad ? EXIT_TROUBLE : 0;
}

/* ---- The first run ----------------------------------------------------------------------------------------------- */

static void learn(void *context, struct trial *trial)
{
    struct sweep *sweep = context;
    struct ledger_list ledgers = {.count = 0};
    sweep->reference = sweep_reference__new(trial, sweep->input->common.skip_exe, sweep->symbols);
    if (run_directory__ledgers(&trial->directory, &ledgers) != 0)
        return;
    for (size_t i = 0; i < ledgers.count; i++) {
        struct ledger *ledger;
        struct ledger_error error;
        if (ledger__open(&ledger, ledgers.paths[i], &error) != 0)
            continue; /* said already */
        if (sweep_reference__judges(sweep->reference, ledger))
            sweep_sites__learn(&sweep->sites, ledger, sweep->stacks, &sweep->input->choice);
        ledger__close(ledger);
    }
    ledger_list__clear(&ledgers);
    sweep_sites__sort(&sweep->sites);
}

static int judge_first(const struct sweep *sweep, const struct trial *first)
{
    const char *name = sweep->input->command[0];
    if (first->timed_out)
        return complain("%s did not end within %.1f s, though nothing had failed; --time-limit waits longer", name,
                        first->seconds);
    if (first->by_signal)
        return complain("%s was ended by signal %d, though nothing had failed", name, first->status);
    if (sweep_reference__ledgers(sweep->reference) == 0)
        return sweep->is_explained ? EXIT_TROUBLE : complain("%s was not watched: it left no ledger", name);
    if (sweep->sites.count == 0 && sweep->sites.unnamed > 0)
        return complain(
            "nothing can be made to fail: rules cannot name %s, or what it calls (a blank, ':' or ',' in the "
            "name of a file)",
            name);
    if (sweep->sites.count == 0 && sweep->sites.read_only > 0)
        return complain("nothing to make fail: %s only released what it had read; --all tries that", name);
    if (sweep->sites.count == 0)
        return complain(
            "nothing to make fail: %s opened and closed nothing (its input is empty; shells and other programs "
            "that carry a run are left alone, unless --skip-exe says otherwise)",
            name);
    return 0;
}

/* The first run has all the time that was not limited. */
static int run_first(struct sweep *sweep, double *time_limit)
{
    enum { PATIENCE = 600 };
    struct trial first = {.rule = NULL};
    struct trials trials = trials_of(sweep);
    trials.trials = &first;
    trials.count = 1;
    trials.time_limit = *time_limit > 0 ? *time_limit : PATIENCE;
    trials.ended = learn;
    trials.context = sweep;
    int result = trials__run(&trials);
    if (result == 0)
        result = judge_first(sweep, &first);
    else
        result = result < 0 ? EXIT_TROUBLE : EXIT_BY_SIGNAL + result;
    if (*time_limit == 0)
        *time_limit = 10 * first.seconds + 5;
    return result;
}

/* ---- All others -------------------------------------------------------------------------------------------------- */

static void judge(void *context, struct trial *trial)
{
    struct sweep *sweep = context;
    const struct sweep_site *site = &sweep->sites.sites[trial - sweep->trials];
    sweep->results[sweep->result_count++] = sweep_result__of(sweep->reference, site, trial);
}

static int run_others(struct sweep *sweep, double time_limit)
{
    sweep->count = sweep->sites.count < sweep->input->max_runs ? sweep->sites.count : sweep->input->max_runs;
    sweep->trials = heap__zeroed(sweep->count, sizeof(struct trial));
    sweep->results = heap__zeroed(sweep->count, sizeof(struct sweep_result));
    for (size_t i = 0; i < sweep->count; i++)
        sweep->trials[i].rule = sweep_site__rule(&sweep->sites.sites[i]);
    struct trials trials = trials_of(sweep);
    trials.trials = sweep->trials;
    trials.count = sweep->count;
    trials.time_limit = time_limit;
    trials.shows_progress = isatty(STDERR_FILENO);
    trials.ended = judge;
    trials.context = sweep;
    int result = trials__run(&trials);
    return result < 0 ? EXIT_TROUBLE : result > 0 ? EXIT_BY_SIGNAL + result : 0;
}

/* ---- The table --------------------------------------------------------------------------------------------------- */

static int worst_first(const void *left, const void *right)
{
    const struct sweep_result *a = left, *b = right;
    int order = sweep_result__compare(a, b);
    return order != 0 ? order : a->site < b->site ? -1 : a->site > b->site;
}

static void print(const struct sweep *sweep, double time_limit, FILE *out)
{
    const struct sweep_report report = {
        .results = sweep->results,
        .count = sweep->result_count,
        .left_out = sweep->sites.count - sweep->count,
        .interrupted = sweep->count - sweep->result_count,
        .skip_exe = sweep_reference__skip_exe(sweep->reference),
        .skipped = sweep_reference__skipped(sweep->reference),
        .options = getenv("LEAKWATCH_OPTIONS"),
        .read_only = sweep->sites.read_only,
        .unnamed = sweep->sites.unnamed,
        .argv = sweep->input->command,
        .time_limit = time_limit,
    };
    (strcmp(sweep->input->format, "json") == 0 ? sweep_report__json : sweep_report__text)(out, &report);
}

static int write_table(struct sweep *sweep, double time_limit)
{
    struct output output;
    qsort(sweep->results, sweep->result_count, sizeof(struct sweep_result), worst_first);
    if (sweep->input->output == NULL) {
        print(sweep, time_limit, stdout);
        if (fflush(stdout) == 0 && !ferror(stdout))
            return 0;
        return complain("the table cannot be written: %s", strerror(errno));
    }
    if (output__open(&output, sweep->input->output) != 0)
        return EXIT_TROUBLE;
    print(sweep, time_limit, output.file);
    return output__close(&output) != 0 ? EXIT_TROUBLE : 0;
}

static int exit_status(const struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->result_count; i++)
        if (sweep_outcome__is_bad(sweep->results[i].outcome))
            return EXIT_BAD;
    return 0;
}

static int run(struct sweep *sweep)
{
    double time_limit = sweep->input->time_limit;
    int status = check_command(sweep);
    if (status == 0 && sweep->input->output != NULL && output__try(sweep->input->output) != 0)
        status = EXIT_TROUBLE;
    if (status == 0)
        status = run_first(sweep, &time_limit);
    if (status != 0)
        return status;
    status = run_others(sweep, time_limit);
    int written = status == EXIT_TROUBLE ? 0 : write_table(sweep, time_limit);
    return status != 0 ? status : written != 0 ? written : exit_status(sweep);
}

static void clear(struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->count; i++)
        free(sweep->trials[i].rule);
    for (size_t i = 0; i < sweep->result_count; i++)
        free(sweep->results[i].because);
    free(sweep->trials);
    free(sweep->results);
    sweep_reference__free(sweep->reference);
    sweep_sites__clear(&sweep->sites);
    stacks__free(sweep->stacks);
    symbols__free(sweep->symbols);
}

static int perform(int argc, char **argv)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    struct sweep_input input = {.format = "text",
                                .jobs = processors > 0 ? (size_t)processors : 1,
                                .max_runs = MAX_RUNS,
                                .choice = {.callers = CALLERS}};
    struct sweep sweep = {.input = &input};
    common_options__init(&input.common);
    argp_err_exit_status = EXIT_TROUBLE;
    configuration__parse(&command_sweep, argc, argv, ARGP_IN_ORDER, &input);
    sweep.symbols = symbols__new(NULL);
    sweep.stacks = stacks__new(sweep.symbols);
    int status = run(&sweep);
    clear(&sweep);
    common_options__clear(&input.common);
    return status;
}

const struct command command_sweep = {"sweep", "make each call of a command fail once, and say what that does", &argp,
                                      perform};
