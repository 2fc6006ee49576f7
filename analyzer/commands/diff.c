/* leakwatch diff: which findings are new, which are gone, which stayed. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/escape.h"
#include "commands.h"
#include "common.h"
#include "configuration.h"
#include "help_text.h"
#include "ledger_reading.h"
#include "reporting.h"
#include "model/kinds.h"
#include "reports/text/page.h"
#include "rule/baseline.h"
#include "symbol/stack.h"

enum { EXIT_SAME = 0, EXIT_DIFFERENT = 1, SIDES = 2 };

static const char doc[] =
    "Compares the findings of two ledgers, or directories of ledgers, by their fingerprints: "
    "what is new in NEW, what has grown, what is gone, and how many stayed as they were. "
    "With another --format, or --output, a report on what is new or has grown.\v"
    "EXIT STATUS\n"
    "  0 when both have the same findings, 1 when they differ, 2 for trouble: a damaged ledger is not compared.\n"
    "\n"
    "EXAMPLES\n"
    "  leakwatch diff yesterday/ today/\n"
    "  leakwatch diff --kind fd-leak before.lwl after.lwl";

struct diff_input {
    struct common_options common;
    struct ledger_arguments sides[SIDES];
    size_t named;
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct diff_input *input = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &input->common;
        break;
    case ARGP_KEY_ARG:
        if (input->named == SIDES)
            argp_error(state, "two are compared, not more");
        ledger_arguments__add(&input->sides[input->named++], value);
        break;
    case ARGP_KEY_END:
        if (input->named < SIDES)
            argp_error(state, "OLD and NEW want naming");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_child children[] = {{&common_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .parser = parse, .args_doc = "OLD NEW", .doc = doc, .help_filter = help_text__filter, .children = children};

static const struct report *read_side(struct reporting *reporting, const struct ledger_arguments *side)
{
    if (reporting == NULL || side->failed)
        return NULL;
    struct ledger_reading reading = {.taker = reporting__taker(reporting)};
    ledger_reading__arguments(&reading, side);
    return ledger_reading__trouble(&reading) == NULL && reading.read > 0 ? reporting__report(reporting) : NULL;
}

/* In the sources as they are now; only what has debugging information has such a place. */
static void say_place(const struct page *page, const struct finding *finding)
{
    const struct frame *frame = stack__user_frame(kinds__main_stack(finding));
    if (frame == NULL || frame->file == NULL)
        return;
    fputs(" at ", page->out);
    page__place(page, frame);
}

static void say(const struct page *page, const char *what, const struct finding *finding, uint64_t before)
{
    char *where = baseline__where(finding);
    printf("%s: %s: %s %s, ", what, level__name(finding->level), finding->kind->name, finding->fingerprint);
    escape__print(stdout, where, strlen(where));
    say_place(page, finding);
    if (before > 0)
        printf(": %" PRIu64 " of one process, %" PRIu64 " before\n", finding->worst, before);
    else
        printf(": %" PRIu64 "\n", finding->count);
    free(where);
}

static int compare(const struct report *old, const struct report *new, const struct page *page)
{
    bool says = page != NULL;
    size_t same = 0, different = 0;
    for (size_t i = 0; i < new->finding_count; i++) {
        const struct finding *finding = &new->findings[i], *before = reporting__find(old, finding->fingerprint);
        same += before != NULL && before->worst == finding->worst;
        if (!says)
            continue;
        if (before == NULL)
            say(page, "new", finding, 0);
        else if (before->worst != finding->worst)
            say(page, finding->worst > before->worst ? "grown" : "shrunk", finding, before->worst);
    }
    different = new->finding_count - same;
    for (size_t i = 0; i < old->finding_count; i++) {
        if (reporting__find(new, old->findings[i].fingerprint) != NULL)
            continue;
        if (says)
            say(page, "gone", &old->findings[i], 0);
        different++;
    }
    if (says)
        printf("%zu unchanged\n", same);
    return different > 0 ? EXIT_DIFFERENT : EXIT_SAME;
}

/* What is new or has grown, in a format that was asked for; the lines for people are the usual answer. */
static int write_reports(struct reporting *new, const struct report *old, const struct common_options *options)
{
    if (options->output == NULL && options->artefact_count == 0 && strcmp(options->format->name, "text") == 0)
        return 0;
    reporting__compare(new, old);
    return reporting__write(new, stdout, NULL);
}

static int perform(int argc, char **argv)
{
    struct diff_input input = {.named = 0};
    common_options__init(&input.common);
    configuration__parse(&command_diff, argc, argv, 0, &input);
    struct reporting *reporting[SIDES];
    const struct report *reports[SIDES];
    for (size_t i = 0; i < SIDES; i++) {
        reporting[i] = reporting__new(&input.common);
        reports[i] = read_side(reporting[i], &input.sides[i]);
    }
    bool read = reports[0] != NULL && reports[1] != NULL;
    bool says_lines = strcmp(input.common.format->name, "text") == 0 && input.common.output == NULL;
    char *directory = getcwd(NULL, 0);
    struct report_options shown = {.source_root = input.common.source_root, .directory = directory};
    struct page page = {.out = stdout, .report = reports[1], .options = &shown};
    int status = read ? compare(reports[0], reports[1], says_lines ? &page : NULL) : EXIT_TROUBLE;
    free(directory);
    if (read && !reporting__has_scope(reporting[reports[0]->scope_count > 0 ? 0 : 1]))
        status = EXIT_TROUBLE;
    if (says_lines && (fflush(stdout) != 0 || ferror(stdout)))
        status = complain("what differs cannot be written: %s", strerror(errno));
    if (read && write_reports(reporting[1], reports[0], &input.common) != 0)
        status = EXIT_TROUBLE;
    for (size_t i = 0; i < SIDES; i++) {
        reporting__free(reporting[i]);
        ledger_arguments__clear(&input.sides[i]);
    }
    common_options__clear(&input.common);
    return status;
}

const struct command command_diff = {"diff", "new, gone and unchanged findings", &argp, perform};
