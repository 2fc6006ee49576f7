/* leakwatch trend: which sites of these processes leak, and when their tables of descriptors will be full. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/heap.h"
#include "base/output.h"
#include "base/terminal.h"
#include "commands.h"
#include "common.h"
#include "configuration.h"
#include "help_text.h"
#include "ledger_reading.h"
#include "period.h"
#include "trend/alarm.h"
#include "trend/format.h"
#include "trend/gathering.h"
#include "trend/past.h"
#include "writing.h"

enum { EXIT_WITHIN = 1 };
enum { USUAL_WIDTH = 80, LEAST_WIDTH = 40, MOST_WIDTH = 160 };

static const char doc[] =
    "Says where these processes are heading: how many descriptors are open, which sites leak and how fast, and when "
    "the "
    "table will be full. What rises with load is told from what leaks by what came back, and how soon: each verdict "
    "has "
    "a sentence that says why. A directory stands for all *.lwl in it and in the directories in it; "
    "PID for the ledger that this process writes. Of many processes, those of one program are told of together, and a "
    "site is one over all of them; the worst come first. What is open and held is what those of the program that run "
    "have; where none runs, what they had at their ends.\v"
    "THE FORECAST\n"
    "  First the range, in which nine of ten come true, then the most likely time. It counts what leaks, on top of the "
    "load as it has been; a load that changes makes it wrong. The limit is the soft one as it is when the ledger is "
    "read. Of a process that has ended it says what would have come. No range is given where the limit is more than "
    "ten "
    "times as far away as the process has lived: it is not known that the pace lasts so long. The pace is told then.\n"
    "\n"
    "EXIT STATUS\n"
    "  0, 1 with --fail-within and a process that may be full by then, or 2 for trouble: wrong usage, a ledger that "
    "cannot be read (the others are told of all the same), a trend that cannot be written.\n"
    "\n"
    "EXAMPLES\n"
    "  leakwatch trend 4242\n"
    "  leakwatch trend /var/tmp/lw\n"
    "  leakwatch trend --fail-within 24h /var/tmp/lw || page-somebody\n"
    "  leakwatch trend --json 4242 | jq '.processes[0].forecast'\n"
    "  leakwatch trend --store runs.db --program 'server*'\n"
    "  leakwatch trend --report markdown=trend.md --program 'worker*' /var/tmp/lw";

enum key {
    KEY_FORMAT = 'f',
    KEY_OUTPUT = 'o',
    KEY_TOP = 'n',
    KEY_JSON = 256,
    KEY_REPORT,
    KEY_FAIL_WITHIN,
    KEY_PROGRAM,
    KEY_SKIP_EXE,
    KEY_SOURCE_ROOT,
    KEY_COLOR,
    KEY_DEBUGINFOD,
    KEY_STORE,
};

static const struct argp_option option_table[] = {
    {"fail-within", KEY_FAIL_WITHIN, "TIME", 0,
     "Exit with status 1 if the table of a process may be full within so long (24h, 30m, 2d): by the earliest time of "
     "the "
     "range, and of what leaks, not of what is merely suspect; of those that run, or, where none does, of all",
     0},
    {"program", KEY_PROGRAM, "GLOB", 0, "Only processes whose program's name matches", 0},
    {"skip-exe", KEY_SKIP_EXE, "GLOB", 0,
     "Leave out processes whose program's name matches; repeatable; default: shells, compilers, build tools, git; '' "
     "leaves out none",
     0},
    {"store", KEY_STORE, "FILE", 0,
     "Tell what the store in FILE knows of these programs, or, where no ledger is named, of all in it: since which "
     "build a "
     "place leaks, and in how many runs before, how long runs lived, how high places went and stayed (leakwatch "
     "store). "
     "What earlier runs and earlier looks at a process showed is judged by, too",
     0},
    {"format", KEY_FORMAT, "FORMAT", 0, "text (default), json, markdown or html (one page with charts)", 1},
    {"json", KEY_JSON, NULL, 0, "The same as --format json", 1},
    {"output", KEY_OUTPUT, "FILE", 0, "Write it to FILE, whole or not at all", 1},
    {"report", KEY_REPORT, "FORMAT=FILE", 0, "Write it in this format to FILE, too; repeatable", 1},
    {"top", KEY_TOP, "N", 0,
     "Show the N worst sites, programs and processes; 0: all (default: a screen full as text and markdown, else all)",
     1},
    {"source-root", KEY_SOURCE_ROOT, "DIR", 0, "Show paths of sources below DIR from there", 1},
    {"color", KEY_COLOR, "WHEN", 0, "auto (default: on a terminal, unless NO_COLOR is set), always or never", 1},
    {"debuginfod", KEY_DEBUGINFOD, NULL, 0, "Ask the servers of DEBUGINFOD_URLS for debugging information", 1},
    {0},
};

struct trend_artefact {
    const struct trend_format *format;
    const char *path;
};

struct trend_input {
    struct ledger_arguments ledgers;
    struct gathering_options gathering;
    const char **skip_exe;
    size_t skip_count, skip_room;
    struct trend_artefact *artefacts;
    size_t artefact_count, artefact_room;
    const struct trend_format *format;
    const char *output, *color;
    char *source_root, *directory;
    size_t top;
    bool top_is_given, debuginfod;
    const char *store;  /* NULL: none */
    double fail_within; /* seconds; < 0: not asked for */
};

static const struct trend_format *format_argument(struct argp_state *state, const char *name)
{
    const struct trend_format *format = trend_format__find(name);
    if (format == NULL)
        wrong_value(state, "unknown format '%s'; formats of a trend are %s", name, trend_format__names());
    return format;
}

static void take_report(struct argp_state *state, struct trend_input *input, const char *text)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals[1] == '\0')
        wrong_value(state, "--report wants FORMAT=FILE, not '%s'", text);
    char *name = strndup(text, (size_t)(equals - text));
    if (name == NULL)
        heap__ran_out();
    const struct trend_artefact artefact = {.format = format_argument(state, name), .path = equals + 1};
    free(name);
    input->artefacts = heap__room(input->artefacts, input->artefact_count, &input->artefact_room, sizeof(artefact));
    input->artefacts[input->artefact_count++] = artefact;
}

static void check_artefacts(struct argp_state *state, const struct trend_input *input)
{
    const char **paths = heap__zeroed(input->artefact_count + 1, sizeof(char *));
    for (size_t i = 0; i < input->artefact_count; i++)
        paths[i] = input->artefacts[i].path;
    check_files(state, input->output, paths, input->artefact_count);
    free(paths);
}

static void skip(struct trend_input *input, const char *pattern)
{
    input->skip_exe = heap__room(input->skip_exe, input->skip_count + 1, &input->skip_room, sizeof(char *));
    if (pattern[0] == '\0')
        input->skip_count = 0;
    else
        input->skip_exe[input->skip_count++] = pattern;
    input->skip_exe[input->skip_count] = NULL;
    input->gathering.skip_exe = input->skip_exe;
}

static error_t parse_look(int key, char *value, struct argp_state *state)
{
    struct trend_input *input = state->input;
    switch (key) {
    case KEY_FORMAT:
        input->format = format_argument(state, value);
        return 0;
    case KEY_JSON:
        input->format = trend_format__find("json");
        return 0;
    case KEY_OUTPUT:
        input->output = value;
        return 0;
    case KEY_REPORT:
        take_report(state, input, value);
        return 0;
    case KEY_TOP:
        input->top = number_argument(state, "--top", value, INT_MAX);
        input->top_is_given = true;
        return 0;
    case KEY_SOURCE_ROOT:
        free(input->source_root);
        input->source_root = source_root_argument(state, value);
        return 0;
    case KEY_COLOR:
        input->color = color_argument(state, value);
        return 0;
    case KEY_DEBUGINFOD:
        input->debuginfod = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static bool has_ledgers(const struct trend_input *input)
{
    return input->ledgers.named.count + input->ledgers.found.count > 0 || input->ledgers.failed;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct trend_input *input = state->input;
    switch (key) {
    case KEY_FAIL_WITHIN:
        if (!period__parse(value, &input->fail_within))
            wrong_value(state, "--fail-within wants a time with its unit, as 30m, 24h or 2d, not '%s'", value);
        break;
    case KEY_PROGRAM:
        input->gathering.program = program_argument(state, value);
        break;
    case KEY_SKIP_EXE:
        skip(input, value);
        break;
    case KEY_STORE:
        input->store = value;
        break;
    case ARGP_KEY_ARG:
        ledger_arguments__add_or_process(&input->ledgers, value);
        break;
    case ARGP_KEY_END:
        if (!has_ledgers(input) && input->store == NULL)
            argp_error(state, "no ledger named, and no --store");
        check_artefacts(state, input);
        break;
    default:
        return parse_look(key, value, state);
    }
    return 0;
}

static const struct argp argp = {.options = option_table,
                                 .parser = parse,
                                 .args_doc = "LEDGER…|DIR|PID\n--store FILE",
                                 .doc = doc,
                                 .help_filter = help_text__filter};

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

struct printed {
    const struct trend *trend;
    const struct trend_format *format;
    const struct trend_input *input;
};

static size_t width_of(FILE *out)
{
    size_t columns = terminal__columns(out);
    if (columns == 0)
        return USUAL_WIDTH;
    return columns < LEAST_WIDTH ? LEAST_WIDTH : columns > MOST_WIDTH ? MOST_WIDTH : columns;
}

static void print(FILE *out, const void *context)
{
    const struct printed *printed = context;
    const struct trend_input *input = printed->input;
    const struct trend_options options = {
        .report = {.color = writing__wants_color(input->color, printed->format->is_for_people, out),
                   .source_root = input->source_root,
                   .directory = input->directory,
                   .top = input->top,
                   .top_is_given = input->top_is_given},
        .width = width_of(out),
        .is_utf8 = terminal__is_utf8(),
    };
    printed->format->print(out, printed->trend, &options);
}

static int write_all(const struct trend_input *input, const struct trend *trend)
{
    struct printed printed = {trend, input->format, input};
    int result = input->output != NULL ? writing__to_file(input->output, print, &printed)
                                       : writing__to_stream(stdout, print, &printed);
    for (size_t i = 0; i < input->artefact_count; i++) {
        printed.format = input->artefacts[i].format;
        if (writing__to_file(input->artefacts[i].path, print, &printed) != 0)
            result = -1;
    }
    return result;
}

/* ---- The whole --------------------------------------------------------------------------------------------------- */

static void take(void *context, const struct ledger *ledger, const struct seen_end *seen)
{
    gathering__add(context, ledger, seen);
}

static void miss(void *context, const char *text)
{
    gathering__miss(context, text);
}

/* Is one that may be full by then among them? The last line says which, and why. */
static bool rings(const struct trend_input *input, const struct trend *trend)
{
    char *why = input->fail_within >= 0 ? trend_alarm__why(trend, input->fail_within) : NULL;
    if (why != NULL)
        complain("%s", why);
    bool is_so = why != NULL;
    free(why);
    return is_so;
}

static int tell(const struct trend_input *input, struct gathering *gathering, struct symbols *symbols)
{
    struct ledger_reading reading = {.taker = {.context = gathering, .take = take, .miss = miss, .symbols = symbols}};
    ledger_reading__arguments(&reading, &input->ledgers);
    bool failed = input->ledgers.failed || ledger_reading__trouble(&reading) != NULL;
    struct past *past = input->gathering.past;
    if (reading.read == 0 && (past == NULL || has_ledgers(input)))
        return EXIT_TROUBLE;
    if (!has_ledgers(input))
        past__read_all(past, input->gathering.program);
    failed = failed || (past != NULL && past__has_failed(past));
    const struct trend *trend = gathering__finish(gathering);
    failed = write_all(input, trend) != 0 || failed;
    bool is_within = rings(input, trend);
    return failed ? EXIT_TROUBLE : is_within ? EXIT_WITHIN : EXIT_SUCCESS;
}

static int gather(struct trend_input *input)
{
    const struct symbols_options symbols_options = {.debuginfod = input->debuginfod};
    struct symbols *symbols = symbols__new(&symbols_options);
    struct gathering *gathering = gathering__new(&input->gathering, symbols, NULL);
    input->directory = getcwd(NULL, 0);
    int status = tell(input, gathering, symbols);
    gathering__free(gathering);
    symbols__free(symbols);
    free(input->directory);
    return status;
}

static int gather_with_past(struct trend_input *input)
{
    struct store *store;
    struct store_error error;
    if (store__open(&store, input->store, STORE_READ, &error) != 0)
        return complain("%s", error.text);
    input->gathering.past = past__new(store);
    int status = gather(input);
    past__free(input->gathering.past);
    store__close(store);
    return status;
}

static int perform(int argc, char **argv)
{
    struct trend_input input = {.color = "auto", .format = trend_format__find("text"), .fail_within = -1};
    configuration__parse(&command_trend, argc, argv, 0, &input);
    int status = input.store != NULL ? gather_with_past(&input) : gather(&input);
    ledger_arguments__clear(&input.ledgers);
    free(input.artefacts);
    free(input.skip_exe);
    free(input.source_root);
    return status;
}

const struct command command_trend = {"trend", "which sites leak, and when the limit will be reached", &argp, perform};
