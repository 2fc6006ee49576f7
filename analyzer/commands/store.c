/* leakwatch store: the history of runs, in a file that lives longer than their ledgers. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/complain.h"
#include "base/heap.h"
#include "base/words.h"
#include "commands.h"
#include "common.h"
#include "configuration.h"
#include "help_text.h"
#include "ledger_reading.h"
#include "period.h"
#include "reporting.h"
#include "store/listing.h"

static const char doc[] =
    "Keeps what ledgers tell of runs, and of processes that still run as they are now, in an SQLite file: which builds "
    "of which programs ran, how long, what each place took, held and leaked, and what was found. gate --store compares "
    "with it. Ledgers may be removed afterwards. What is there already is not added again, so a directory may be added "
    "every hour. Several may add at once; each run is there whole or not at all, also after a crash. Programs that "
    "merely carry a run (shells, compilers, build tools) are left out.\n"
    "add puts in the runs of these ledgers; PID stands for the ledger that this process writes. list tells what is "
    "there. forget takes out what --keep says.\v"
    "EXIT STATUS\n"
    "  0, or 2 for trouble: wrong usage, a ledger that cannot be read or was cut off (the others are added all the "
    "same), a store that cannot be read or written, or is a later leakwatch's.\n"
    "\n"
    "ENVIRONMENT\n"
    "  LEAKWATCH_STORE  the file that is meant where --store names none; else it is leakwatch/history.db below "
    "XDG_STATE_HOME, or below ~/.local/state\n"
    "\n"
    "EXAMPLES\n"
    "  leakwatch store add --keep 90d /var/tmp/lw\n"
    "  leakwatch store add --store runs.db 4242\n"
    "  leakwatch store list";

struct store_input;

struct verb {
    const char *name;
    bool takes_ledgers;
    int (*perform)(struct store_input *input);
};

struct store_input {
    struct common_options common;
    struct ledger_arguments ledgers;
    const struct verb *verb;
    const char *store;
    const char *keep; /* as it was given; NULL: for ever */
    double keep_seconds;
};

enum key { KEY_STORE = 740, KEY_KEEP };

static const struct argp_option option_table[] = {
    {NULL, 0, NULL, 0, "What is kept:", 1},
    {"store", KEY_STORE, "FILE", 0, "The store; default: LEAKWATCH_STORE, or one in the user's home", 1},
    {"keep", KEY_KEEP, "TIME", 0,
     "Forget runs that ended, or were seen last, longer ago: 90d, 12h, 2w; what ran is kept for ever otherwise", 1},
    {0},
};

/* ---- What is done ------------------------------------------------------------------------------------------------ */

static struct store *open_store(const struct store_input *input, enum store_use use)
{
    struct store *store = NULL;
    struct store_error error;
    char *path = input->store != NULL ? heap__copied(input->store) : store__usual_path();
    if (path == NULL)
        complain("neither --store nor LEAKWATCH_STORE names a file, and there is no HOME");
    else if (store__open(&store, path, use, &error) != 0)
        complain("%s", error.text);
    free(path);
    return store;
}

static int forget(const struct store_input *input, struct store *store)
{
    char number[WORDS];
    struct timespec now;
    struct store_error error;
    size_t runs;
    if (input->keep == NULL)
        return 0;
    clock_gettime(CLOCK_REALTIME, &now);
    double moment = (double)now.tv_sec + (double)now.tv_nsec / 1e9 - input->keep_seconds;
    if (store__forget(store, (int64_t)(moment * 1e9), &runs, &error) != 0)
        return complain("%s", error.text);
    if (runs > 0)
        printf("%s %s forgotten: ended longer than %s ago\n", words__number(number, runs),
               words__plural(runs, "run was", "runs were"), input->keep);
    return 0;
}

static void say(const struct recorded *recorded, const char *path)
{
    char numbers[3][WORDS];
    printf("%s %s added", words__number(numbers[0], recorded->added), words__plural(recorded->added, "run", "runs"));
    if (recorded->looks > 0)
        printf(", %s of before looked at again", words__number(numbers[1], recorded->looks));
    if (recorded->unchanged > 0)
        printf(", %s already there as %s", words__number(numbers[2], recorded->unchanged),
               words__plural(recorded->unchanged, "it is", "they are"));
    printf(": %s\n", path);
}

static int add(struct store_input *input)
{
    struct reporting *reporting = reporting__new(&input->common);
    struct store *store = reporting != NULL ? open_store(input, STORE_WRITE) : NULL;
    struct ledger_reading reading = {.takes_looks = true};
    struct recorded recorded = {.added = 0};
    bool failed = store == NULL;
    if (!failed) {
        reporting__record(reporting);
        reading.taker = reporting__taker(reporting);
        ledger_reading__arguments(&reading, &input->ledgers);
        failed = input->ledgers.failed || ledger_reading__trouble(&reading) != NULL;
        failed = reporting__store(reporting, store, &recorded) != 0 || failed;
        if (reading.read > 0)
            say(&recorded, store__path(store));
        failed = forget(input, store) != 0 || failed;
    }
    store__close(store);
    reporting__free(reporting);
    return failed ? EXIT_TROUBLE : EXIT_SUCCESS;
}

static int forget_alone(struct store_input *input)
{
    struct store *store = open_store(input, STORE_WRITE);
    int result = store != NULL ? forget(input, store) : -1;
    store__close(store);
    return result != 0 ? EXIT_TROUBLE : EXIT_SUCCESS;
}

static bool print_program(void *context, const struct listed_program *program)
{
    const int64_t *now = context;
    char texts[4][WORDS];
    printf("%s: %s %s of %s %s, seen last %s ago; at most %s descriptors open", program->name,
           words__number(texts[0], program->runs), words__plural(program->runs, "run", "runs"),
           words__number(texts[1], program->builds), words__plural(program->builds, "build", "builds"),
           words__duration(texts[2], *now > program->last ? (double)(*now - program->last) / 1e9 : 0),
           words__number(texts[3], program->peak));
    if (program->errors > 0)
        printf("; %s %s in the last run", words__number(texts[0], program->errors),
               words__plural(program->errors, "error", "errors"));
    if (program->leaking > 0)
        printf("; %s %s", words__number(texts[0], program->leaking),
               words__plural(program->leaking, "place leaks", "places leak"));
    putchar('\n');
    return true;
}

static int list(struct store_input *input)
{
    struct timespec time;
    struct listing listing;
    struct store_error error;
    char texts[2][WORDS];
    struct store *store = open_store(input, STORE_READ);
    if (store == NULL)
        return EXIT_TROUBLE;
    clock_gettime(CLOCK_REALTIME, &time);
    int64_t now = time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
    int result = store__list(store, &listing, print_program, &now, &error);
    if (result != 0)
        complain("%s", error.text);
    else
        printf("%s: %s %s, %s %s, %.1f MB\n", store__path(store), words__number(texts[0], listing.runs),
               words__plural(listing.runs, "run", "runs"), words__number(texts[1], listing.sites),
               words__plural(listing.sites, "place", "places"), (double)listing.bytes / 1e6);
    store__close(store);
    return result != 0 ? EXIT_TROUBLE : EXIT_SUCCESS;
}

/* ---- The command line -------------------------------------------------------------------------------------------- */

static const struct verb verbs[] = {{"add", true, add}, {"list", false, list}, {"forget", false, forget_alone}};

static void take_argument(struct store_input *input, const char *value, struct argp_state *state)
{
    if (input->verb != NULL) {
        if (!input->verb->takes_ledgers)
            argp_error(state, "%s takes no arguments", input->verb->name);
        ledger_arguments__add_or_process(&input->ledgers, value);
        return;
    }
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verbs[i].name, value) == 0)
            input->verb = &verbs[i];
    if (input->verb == NULL)
        argp_error(state, "store wants add, list or forget, not '%s'", value);
}

static void check(const struct store_input *input, struct argp_state *state)
{
    bool has_ledgers = input->ledgers.named.count + input->ledgers.found.count > 0 || input->ledgers.failed;
    if (input->verb == NULL)
        argp_error(state, "store wants add, list or forget");
    else if (input->verb->takes_ledgers && !has_ledgers)
        argp_error(state, "no ledger named");
    else if (input->verb->perform == forget_alone && input->keep == NULL)
        argp_error(state, "forget wants --keep TIME");
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct store_input *input = state->input;
    switch (key) {
    case KEY_STORE:
        input->store = value;
        break;
    case KEY_KEEP:
        input->keep = value;
        if (!period__parse(value, &input->keep_seconds))
            wrong_value(state, "--keep wants a time, as 90d, 12h or 2w, not '%s'", value);
        break;
    case ARGP_KEY_ARG:
        take_argument(input, value, state);
        break;
    case ARGP_KEY_END:
        check(input, state);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp argp = {.options = option_table,
                                 .parser = parse,
                                 .args_doc = "add LEDGER…|DIR|PID\nlist\nforget",
                                 .doc = doc,
                                 .help_filter = help_text__filter};

static int perform(int argc, char **argv)
{
    struct store_input input = {.verb = NULL};
    common_options__init(&input.common);
    configuration__parse(&command_store, argc, argv, 0, &input);
    int status = input.verb->perform(&input);
    ledger_arguments__clear(&input.ledgers);
    common_options__clear(&input.common);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    return complain("what was done cannot be said: standard output cannot be written");
}

const struct command command_store = {"store", "keeps a history of runs", &argp, perform};
