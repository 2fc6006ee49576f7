/* leakwatch gate: a run, or ledgers, as a verdict for continuous integration. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/heap.h"
#include "base/words.h"
#include "commands.h"
#include "common.h"
#include "configuration.h"
#include "help_text.h"
#include "ledger_reading.h"
#include "source/path.h"
#include "watch.h"

enum { EXIT_FINDINGS = 1 };

static const char doc[] =
    "Runs CMD watched, or looks at ledgers that were kept, and says by its exit status whether something leaks that "
    "neither the baseline nor earlier runs know.\v"
    "EXIT STATUS\n"
    "  0 when it is clean; CMD's own (128+N when signal N ended it) if that is not 0; 1, or that of --error-exitcode, "
    "when there are findings at or above the level of --fail-on (default: warning); 2 for trouble: wrong usage, a "
    "baseline or ledger that cannot be read, a CMD that is missing or cannot be watched. The last line names the "
    "cause: clean, findings, command or hung (--kill-hung has ended something: CMD's own status if that is not 0, else "
    "that "
    "of findings); of trouble usage, not-watched, no-command (it is missing), no-scope (none "
    "matches --scope), damaged or "
    "unreadable (a ledger), full (a ledger had no room for all, and nothing was found in the rest), unfinished "
    "(processes that CMD started still run when --grace is over, and might leak yet; "
    "those that --skip-exe names do not count), not-written (a report, the baseline) or failed (leakwatch itself). "
    "--update-baseline: 0.\n"
    "\n"
    "EXAMPLES\n"
    "  leakwatch gate -- ctest -j8\n"
    "  leakwatch gate --baseline leaks.baseline --report sarif=leaks.sarif -- make check\n"
    "  leakwatch gate --baseline leaks.baseline --update-baseline -- make check\n"
    "  leakwatch gate --store runs.db --store-add -- ctest -j8\n"
    "  leakwatch gate --fail-on error --suppressions known.supp /var/tmp/ledgers";

struct gate_input {
    struct common_options common;
    struct watch_options watch;
    struct ledger_arguments ledgers;
    int error_status;
    const char *store; /* NULL: none */
    bool store_add;
    struct store *runs; /* that store, open */
};

enum key { KEY_ERROR_EXITCODE = 704, KEY_STORE, KEY_STORE_ADD };

static const struct argp_option option_table[] = {
    {NULL, 0, NULL, 0, "How it is judged:", 1},
    {"error-exitcode", KEY_ERROR_EXITCODE, "N", 0, "Exit with status N instead of 1 if there are findings", 1},
    {"store", KEY_STORE, "FILE", 0,
     "Do not tell of findings that earlier runs of the same program had, as many of them and no less serious, as the "
     "store "
     "in FILE has them (leakwatch store); what has grown by more than --tolerance counts",
     1},
    {"store-add", KEY_STORE_ADD, NULL, 0,
     "Add the runs to the store of --store if the verdict is clean; what is not, leakwatch store add makes known", 1},
    {0},
};

/* Behind "--" stands a command, before it ledgers. */
static void take_argument(struct gate_input *input, char *value, struct argp_state *state)
{
    if (state->quoted == 0 || state->next - 1 < state->quoted) {
        ledger_arguments__add(&input->ledgers, value);
        return;
    }
    input->watch.command = state->argv + state->next - 1;
    state->next = state->argc;
}

static void check_arguments(const struct gate_input *input, struct argp_state *state)
{
    bool has_ledgers = input->ledgers.named.count + input->ledgers.found.count > 0 || input->ledgers.failed;
    if (has_ledgers && input->watch.command != NULL)
        argp_error(state, "either ledgers or a command, not both");
    if (!has_ledgers && input->watch.command == NULL)
        argp_error(state, "no ledger and no command named; a command stands behind --");
    if (input->store_add && input->store == NULL)
        wrong_option(state, "--store-add", "--store-add wants --store FILE");
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct gate_input *input = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &input->watch;
        state->child_inputs[1] = &input->common;
        break;
    case KEY_ERROR_EXITCODE:
        input->error_status = (int)number_argument(state, "--error-exitcode", value, UCHAR_MAX);
        if (input->error_status == 0)
            wrong_value(state, "--error-exitcode wants a number from 1 to 255: 0 would be green (--fail-on never)");
        break;
    case KEY_STORE:
        input->store = value;
        break;
    case KEY_STORE_ADD:
        input->store_add = true;
        break;
    case ARGP_KEY_ARG:
        take_argument(input, value, state);
        break;
    case ARGP_KEY_END:
        check_arguments(input, state);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_child children[] = {{&watch_argp, 0, NULL, 1}, {&common_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {.options = option_table,
                                 .parser = parse,
                                 .args_doc = "LEDGER…|DIR\n-- CMD [ARG…]",
                                 .doc = doc,
                                 .help_filter = help_text__filter,
                                 .children = children};

/* ---- The verdict ------------------------------------------------------------------------------------------------- */

static bool has_concluded;

/* The line that people look for at the end of a log. */
static int conclude(const char *cause, int status)
{
    has_concluded = true;
    fprintf(stderr, "leakwatch gate: %s (exit status %d)\n", cause, status);
    return status;
}

static int trouble(const char *cause)
{
    return conclude(cause, EXIT_TROUBLE);
}

/* What another leakwatch runs is judged by that one. */
static bool has_judged(const struct report *report)
{
    for (size_t i = 0; i < report->process_count; i++)
        if (report->processes[i].judged || strcmp(base_name(report->processes[i].exe), "leakwatch") == 0)
            return true;
    return false;
}

/* Green would be a lie. */
static int nothing_judged(struct reporting *reporting, FILE *usual)
{
    complain(
        "nothing was judged: only programs that carry a run were watched (--skip-exe '' judges them); is what they "
        "start static, or is its environment cleaned?");
    reporting__refuse_to_judge(reporting, "not-watched");
    reporting__write(reporting, usual, NULL);
    return trouble("not-watched");
}

/* What could be read is reported all the same. */
static int report_without_verdict(struct reporting *reporting, const char *cause, size_t read, FILE *usual)
{
    if (read > 0) {
        reporting__refuse_to_judge(reporting, cause);
        reporting__write(reporting, usual, NULL);
    }
    return trouble(cause);
}

/* Nothing was found so far, and it is not over: what comes yet would be in nobody's report. */
static bool is_unfinished(const struct reporting *reporting, const struct ledger_reading *reading, int command_status)
{
    return command_status == 0 && reading->unfinished > 0 && !reporting__is_bad(reporting);
}

/* Nothing was found in what found room. */
static bool is_clean_by_loss(const struct reporting *reporting, int command_status)
{
    return command_status == 0 && !reporting__is_whole(reporting) && !reporting__is_bad(reporting);
}

/* What the report says of them as known, or as new, has its reason here. */
static void tell_earlier_runs(const struct gate_input *input, struct reporting *reporting)
{
    char number[WORDS];
    uint64_t runs;
    if (reporting__earlier_runs(reporting, &runs) == 0)
        complain("compared with %s earlier %s in %s", words__number(number, runs), words__plural(runs, "run", "runs"),
                 input->store);
}

/* What it had is known from now on. A red one would be green when it is repeated. */
static int add_to_store(const struct gate_input *input, struct reporting *reporting)
{
    struct recorded recorded = {.added = 0};
    return input->store_add ? reporting__store(reporting, input->runs, &recorded) : 0;
}

static int judge(const struct gate_input *input, struct reporting *reporting, const struct ledger_reading *reading,
                 int command_status, FILE *usual)
{
    if (input->common.update_baseline) {
        bool failed =
            reporting__update_baseline(reporting, command_status != 0 || reading->unfinished > 0 || reading->hung) != 0;
        failed = reporting__write(reporting, usual, NULL) != 0 || failed;
        return failed ? trouble("not-written") : conclude("baseline updated", EXIT_SUCCESS);
    }
    if (command_status == 0 && !has_judged(reporting__report(reporting)))
        return nothing_judged(reporting, usual);
    if (command_status == 0 && !reporting__has_scope(reporting))
        return report_without_verdict(reporting, "no-scope", 1, usual);
    const char *cause = reporting__judge(reporting, command_status);
    if (reading->hung)
        reporting__refuse_to_judge(reporting, cause = "hung");
    else if (is_unfinished(reporting, reading, command_status))
        return report_without_verdict(reporting, "unfinished", 1, usual);
    else if (is_clean_by_loss(reporting, command_status))
        return report_without_verdict(reporting, "full", 1, usual);
    if (input->runs != NULL)
        tell_earlier_runs(input, reporting);
    const char *more = input->common.full ? NULL : "--full shows whole stacks, notes and fingerprints";
    if (reporting__write(reporting, usual, more) != 0)
        return trouble("not-written");
    if (command_status != 0)
        return conclude(cause, command_status);
    if (reading->hung || reporting__is_bad(reporting))
        return conclude(cause, input->error_status);
    return add_to_store(input, reporting) != 0 ? trouble("not-written") : conclude(cause, EXIT_SUCCESS);
}

static const char *failure_cause(int status)
{
    if (status == WATCH_USAGE)
        return "usage";
    if (status == WATCH_NOT_WRITABLE)
        return "not-written";
    return status == WATCH_NOT_FOUND || status == WATCH_NOT_EXECUTABLE ? "no-command" : "failed";
}

static int judge_command(const struct gate_input *input, struct reporting *reporting)
{
    struct watch watch = {.options = &input->watch};
    struct ledger_reading reading = {.read = 0};
    int status = watch__run(&watch, &input->common, reporting);
    const char *cause = status != 0 ? failure_cause(status) : NULL;
    if (status == 0) {
        watch__add(&watch, reporting, &reading);
        cause = ledger_reading__trouble(&reading);
        cause = cause == NULL && reading.read == 0 ? "not-watched" : cause;
    }
    status = cause == NULL ? judge(input, reporting, &reading, watch__status(&watch), stderr)
                           : report_without_verdict(reporting, cause, reading.read, stderr);
    watch__clear(&watch);
    return status;
}

static int judge_ledgers(const struct gate_input *input, struct reporting *reporting)
{
    struct ledger_reading reading = {.taker = reporting__taker(reporting)};
    ledger_reading__arguments(&reading, &input->ledgers);
    const char *cause = input->ledgers.failed ? "usage" : ledger_reading__trouble(&reading);
    cause = cause == NULL && reading.read == 0 ? "unreadable" : cause;
    return cause == NULL ? judge(input, reporting, &reading, 0, stdout)
                         : report_without_verdict(reporting, cause, reading.read, stdout);
}

/* Wrong usage ends in argp. */
static void conclude_usage(int status, void *context)
{
    (void)context;
    if (status == EXIT_TROUBLE && !has_concluded)
        conclude("usage", status);
}

/* Before the command runs: that there is none, or that it cannot be written, is said at once. */
static bool open_store(struct gate_input *input, struct reporting *reporting)
{
    struct store_error error;
    if (input->store == NULL)
        return true;
    if (store__open(&input->runs, input->store, input->store_add ? STORE_WRITE : STORE_READ, &error) != 0) {
        complain("%s", error.text);
        return false;
    }
    reporting__compare_with_runs(reporting, input->runs);
    if (input->store_add)
        reporting__record(reporting);
    return true;
}

static int perform(int argc, char **argv)
{
    on_exit(conclude_usage, NULL);
    struct gate_input input = {.watch.grace = 2, .error_status = EXIT_FINDINGS};
    common_options__init(&input.common);
    configuration__parse(&command_gate, argc, argv, ARGP_IN_ORDER, &input);
    struct reporting *reporting = reporting__new(&input.common);
    int status;
    if (reporting == NULL || !open_store(&input, reporting))
        status = trouble("usage");
    else if (input.watch.command != NULL)
        status = judge_command(&input, reporting);
    else
        status = judge_ledgers(&input, reporting);
    reporting__free(reporting);
    store__close(input.runs);
    ledger_arguments__clear(&input.ledgers);
    common_options__clear(&input.common);
    return status;
}

const struct command command_gate = {"gate", "the same as a verdict for CI", &argp, perform};
