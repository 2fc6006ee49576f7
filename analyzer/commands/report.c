/* leakwatch report: what the processes of these ledgers never gave back. */
#include <stdlib.h>

#include "base/complain.h"
#include "base/heap.h"
#include "commands.h"
#include "common.h"
#include "configuration.h"
#include "help_text.h"
#include "ledger_reading.h"
#include "reporting.h"

enum { EXIT_FINDINGS = 1 };

static const char doc[] =
    "Reports what the processes of these ledgers never gave back: where it was acquired, how many, how old, and what "
    "became of others of the same place. A directory stands for all *.lwl in it and in the "
    "directories in it (--keep-each). Ledgers of processes that still run "
    "may be read at any time; PID stands for the one that this process writes, wherever it lies, or, where it has "
    "ended, "
    "has left in this directory.\v"
    "EXIT STATUS\n"
    "  0, 1 with an explicit --fail-on and findings at or above its level, or 2 for trouble: wrong usage, a ledger "
    "that "
    "cannot be read (the others are reported all the same), a report that cannot be written.\n"
    "\n"
    "EXAMPLES\n"
    "  leakwatch report .\n"
    "  leakwatch report 4242\n"
    "  leakwatch report --full leakwatch.server.4242.1700000000.0.lwl\n"
    "  leakwatch report --format json --output leaks.json /var/tmp/lw\n"
    "  leakwatch report --kind fd-leak --fail-on error /var/tmp/lw\n"
    "  leakwatch report --scope 'request*' /var/tmp/lw\n"
    "  leakwatch report --suppressions known.supp --report json=leaks.json .";

struct report_input {
    struct common_options common;
    struct ledger_arguments ledgers;
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct report_input *input = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &input->common;
        break;
    case ARGP_KEY_ARG:
        ledger_arguments__add_or_process(&input->ledgers, value);
        break;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "no ledger named");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_child children[] = {{&common_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .parser = parse, .args_doc = "LEDGER…|DIR|PID", .doc = doc, .help_filter = help_text__filter, .children = children};

static char *more_text(const struct report_input *input)
{
    return input->common.full || input->ledgers.named.count + input->ledgers.found.count == 0
               ? NULL
               : heap__printed("--full shows whole stacks, notes and fingerprints; --format json all there is");
}

static int report(struct report_input *input)
{
    struct reporting *reporting = reporting__new(&input->common);
    if (reporting == NULL)
        return EXIT_TROUBLE;
    struct ledger_reading reading = {.taker = reporting__taker(reporting)};
    ledger_reading__arguments(&reading, &input->ledgers);
    bool failed = input->ledgers.failed || reading.failed > 0;
    char *more = more_text(input);
    int status = EXIT_TROUBLE;
    if (reading.read > 0) {
        failed = reporting__write(reporting, stdout, more) != 0 || failed;
        if (input->common.update_baseline)
            failed = reporting__update_baseline(reporting, false) != 0 || failed;
        bool has_scope = reporting__has_scope(reporting);
        failed = failed || (input->common.fail_on_is_given && !has_scope);
        status = input->common.fail_on_is_given && reporting__is_bad(reporting) ? EXIT_FINDINGS : EXIT_SUCCESS;
    }
    free(more);
    reporting__free(reporting);
    return failed ? EXIT_TROUBLE : status;
}

static int perform(int argc, char **argv)
{
    struct report_input input = {.ledgers.failed = false};
    common_options__init(&input.common);
    configuration__parse(&command_report, argc, argv, 0, &input);
    int status = report(&input);
    ledger_arguments__clear(&input.ledgers);
    common_options__clear(&input.common);
    return status;
}

const struct command command_report = {"report", "what the processes of these ledgers never gave back", &argp, perform};
