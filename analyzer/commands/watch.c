/* A command that is run watched. */
#include "watch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/heap.h"
#include "base/moment.h"
#include "configuration.h"
#include "ledger_reading.h"
#include "progress.h"
#include "run/environment.h"
#include "run/ledger_order.h"
#include "run/ledger_trim.h"
#include "run/settings.h"
#include "run/strays.h"
#include "run/successors.h"
#include "run/symbol_files.h"

enum { NAMED = 3 };

enum key { KEY_KEEP_LEDGERS = 512, KEY_KEEP_EACH, KEY_GRACE, KEY_HANG_AFTER, KEY_KILL_HUNG };

static const struct argp_option option_table[] = {
    {"keep-ledgers", KEY_KEEP_LEDGERS, "DIR", 0, "Keep the ledgers in DIR, which is made if need be", 1},
    {"keep-each", KEY_KEEP_EACH, "DIR", 0,
     "Keep the ledgers in a directory below DIR that is named by CMD with its arguments, and remove those that were "
     "there before the calling program, which runs the tests, was started",
     1},
    {"grace", KEY_GRACE, "SECONDS", 0, "Wait so long for processes that outlive CMD (default 2)", 1},
    {"hang-after", KEY_HANG_AFTER, "TIME", 0,
     "Tell at once when threads have waited for each other's locks for so long (30s, 500ms, 2m), or when all threads "
     "of a "
     "process wait and one of them for a lock; what times out, idles or waits for a descriptor does not hang",
     1},
    {"kill-hung", KEY_KILL_HUNG, NULL, 0,
     "End what --hang-after tells of, and no other process: by SIGTERM, and after 5 seconds by SIGKILL", 1},
    {0},
};

static double grace_argument(struct argp_state *state, const char *text)
{
    char *end;
    double seconds = strtod(text, &end);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || !(seconds <= 1e6))
        wrong_value(state, "--grace wants seconds from 0 to 1000000, not '%s'", text);
    return seconds;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct watch_options *options = state->input;
    switch (key) {
    case KEY_KEEP_LEDGERS:
        options->keep = value;
        options->keep_each = NULL; /* of a configuration file, which says otherwise */
        return 0;
    case KEY_KEEP_EACH:
        options->keep_each = value;
        options->keep = NULL;
        return 0;
    case KEY_GRACE:
        options->grace = grace_argument(state, value);
        return 0;
    case KEY_HANG_AFTER:
        options->hang.after = time_argument(state, "--hang-after", value);
        return 0;
    case KEY_KILL_HUNG:
        options->hang.kill = true;
        return 0;
    case ARGP_KEY_END:
        if (options->hang.kill && options->hang.after <= 0)
            wrong_option(state, "--kill-hung", "--kill-hung wants --hang-after to say when something hangs");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp watch_argp = {.options = option_table, .parser = parse};

/* ---- Before ------------------------------------------------------------------------------------------------------ */

static void prepare(void *context)
{
    const struct watch *watch = context;
    if (watch->baseline != NULL)
        setenv("LEAKWATCH_BASELINE", watch->baseline, 1);
    environment__prepare(watch->may_preload ? watch->directory.library : NULL, &watch->directory);
}

static bool are_locks_off(void)
{
    static const char off[] = "locks=0";
    const char *options = getenv("LEAKWATCH_OPTIONS");
    for (const char *at = options; at != NULL && (at = strstr(at, off)) != NULL; at += strlen(off))
        if ((at == options || at[-1] == ':' || at[-1] == ' ') && strchr(": ", at[strlen(off)]) != NULL)
            return true;
    return false;
}

/* 0, or the exit status for a command that cannot be run at all. */
static int check_target(struct watch *watch)
{
    if (watch->options->hang.after > 0 && are_locks_off())
        complain("--hang-after sees no hang: locks are off, as LEAKWATCH_OPTIONS=locks=0 says");
    target__check(&watch->target, watch->options->command[0]);
    if (watch->target.reason != NULL)
        complain("%s", watch->target.reason);
    watch->may_preload = watch->target.state != TARGET_INCOMPATIBLE;
    if (watch->target.state == TARGET_NOT_FOUND)
        return WATCH_NOT_FOUND;
    return watch->target.state == TARGET_NOT_EXECUTABLE ? WATCH_NOT_EXECUTABLE : 0;
}

/* ---- The run ----------------------------------------------------------------------------------------------------- */

static int exec_failure(const struct watch *watch, int error)
{
    complain("%s: %s", watch->options->command[0], strerror(error));
    return error == ENOENT ? WATCH_NOT_FOUND : WATCH_NOT_EXECUTABLE;
}

static void tell_waiting(void)
{
    progress__say("waiting for processes that outlive the command (--grace)");
}

static uint64_t look(void *context)
{
    const struct watch *watch = context;
    return hang__look(watch->hang);
}

static int open_directory(struct watch *watch)
{
    const struct watch_options *options = watch->options;
    if (options->keep_each != NULL)
        return run_directory__open_below(&watch->directory, options->keep_each, options->command);
    return run_directory__open(&watch->directory, options->keep);
}

int watch__run(struct watch *watch, const struct common_options *common, struct reporting *reporting)
{
    struct launch launch = {.argv = watch->options->command,
                            .prepare = prepare,
                            .context = watch,
                            .grace = watch->options->grace,
                            .wait = tell_waiting};
    int status = check_target(watch);
    if (status != 0)
        return status;
    if (reporting__try_files(reporting) != 0)
        return WATCH_NOT_WRITABLE;
    if (open_directory(watch) != 0)
        return WATCH_FAILED;
    if (watch->options->hang.after <= 0) /* who looks for hangs looks into ledgers while they are written */
        run_directory__keep_roll(&watch->directory);
    if (settings__check(watch->directory.library) != 0)
        return WATCH_USAGE;
    const char *baseline = reporting__baseline_path(reporting);
    watch->baseline = baseline != NULL ? realpath(baseline, NULL) : NULL;
    watch->hang = hang__new(&watch->options->hang, common, &watch->directory);
    launch.look = watch->hang != NULL ? look : NULL;
    watch->began = moment__now();
    if (launch__run(&launch, &watch->outcome) != 0) {
        complain("no process can be started: %s", strerror(errno));
        return WATCH_FAILED;
    }
    progress__clear();
    return watch->outcome.error != 0 ? exec_failure(watch, watch->outcome.error) : 0;
}

int watch__status(const struct watch *watch)
{
    return watch->outcome.by_signal ? WATCH_BY_SIGNAL + watch->outcome.status : watch->outcome.status;
}

void watch__clear(struct watch *watch)
{
    hang__free(watch->hang);
    run_directory__close(&watch->directory);
    free(watch->baseline);
    target__clear(&watch->target);
}

/* ---- After ------------------------------------------------------------------------------------------------------- */

static void tell_unwatched(const struct watch *watch)
{
    if (watch->target.reason != NULL)
        complain("not watched: no process of the run left a ledger");
    else
        complain("not watched: no process of the run left a ledger; does %s, or what starts it, clean its environment?",
                 watch->options->command[0]);
}

/* A program that was executed begins its ledger at once, or is on the roll; where it is not, it was not watched. Returns how
 * many of them could have been: those under a filter, and where root may have become somebody else. */
static size_t tell_lost_images(const struct watch *watch, const struct ledger_list *ledgers, const struct roll *roll)
{
    const struct successors missing = successors__missing(ledgers, roll);
    bool is_shut = missing.other_users > 0 && !run_directory__is_passable(&watch->directory);
    size_t shut_out = is_shut ? missing.other_users : 0, lost = missing.others + missing.other_users - shut_out;
    if (missing.filtered > 0)
        complain("not judged: %zu %s executed under a seccomp filter that let %s keep no ledger", missing.filtered,
                 missing.filtered == 1 ? "program was" : "programs were", missing.filtered == 1 ? "it" : "them");
    if (shut_out > 0)
        complain("not judged: %zu %s executed by another user than root, who may not reach %s: name a directory with "
                 "--keep-ledgers that all users can pass through",
                 shut_out, shut_out == 1 ? "program was" : "programs were", watch->directory.path);
    if (lost > 0)
        complain("not watched: %zu %s executed but left no ledger (a static or set-user-ID program, or one whose "
                 "environment was cleaned)",
                 lost, lost == 1 ? "program was" : "programs were");
    return missing.filtered + shut_out;
}

/* The processes have said themselves where; what stands in these ledgers would be missing in a verdict. */
static size_t tell_strays(const struct watch *watch, const struct ledger_list *ledgers, const struct roll *roll)
{
    if (strcmp(watch->directory.path, STRAYS_DIRECTORY) == 0)
        return 0;
    const struct strays strays = strays__count(ledgers, roll, (uint32_t)watch->outcome.pid, watch->began);
    size_t homeless = strays.count - strays.forbidden;
    if (homeless > 0)
        complain("%zu %s in " STRAYS_DIRECTORY ", because %s had no room: not judged", homeless,
                 homeless == 1 ? "ledger is" : "ledgers are", watch->directory.path);
    if (strays.forbidden > 0)
        complain("%zu %s in " STRAYS_DIRECTORY ", because user %" PRIu32 " may not write to %s: not judged; name a "
                 "directory with --keep-ledgers that all users can pass through",
                 strays.forbidden, strays.forbidden == 1 ? "ledger is" : "ledgers are", strays.user,
                 watch->directory.path);
    return strays.count;
}

/* A shell that still runs may start what leaks. */
static bool goes_on(const struct process *process, bool skips_by_name)
{
    return strcmp(process->how, "running") == 0 && (process->judged || !skips_by_name);
}

/* How many, and who: a few of them are named. */
static size_t tell_unfinished(const struct watch *watch, struct reporting *reporting)
{
    const struct report *report = reporting__report(reporting);
    size_t count = 0;
    char *names = heap__copied("");
    for (size_t i = 0; i < report->process_count; i++) {
        const struct process *process = &report->processes[i];
        if (!goes_on(process, reporting__skips_by_name(reporting)) || ++count > NAMED)
            continue;
        char *longer =
            heap__printed("%s%s%s (pid %" PRIu32 ")", names, count > 1 ? ", " : ": ", process->name, process->pid);
        free(names);
        names = longer;
    }
    if (watch->outcome.others_left)
        complain("processes that it started still run and are reported as they are now%s%s; --grace waits longer",
                 names, count > NAMED ? " and more" : "");
    free(names);
    return watch->outcome.others_left ? count : 0;
}

/* A test of failures that never came is none. Rules are counted as the library does. */
static void tell_unmet_rules(struct reporting *reporting)
{
    const char *options = getenv("LEAKWATCH_OPTIONS"), *rules = options != NULL ? strstr(options, "inject=") : NULL;
    if (rules == NULL)
        return;
    rules += strlen("inject=");
    const char quote = *rules == '"' || *rules == '\'' ? *rules++ : ':';
    const char *end = strchr(rules, quote) ? strchr(rules, quote) : rules + strlen(rules);
    uint64_t met = reporting__report(reporting)->rules_met;
    for (int length; rules < end; rules += length + (rules + length < end)) {
        const char *comma = memchr(rules, ',', (size_t)(end - rules));
        length = (int)((comma ? comma : end) - rules);
        if (length == 0)
            continue;
        if (!(met & 1))
            complain("inject=%.*s: nothing failed: no call that it names was made as often, or there", length, rules);
        met >>= 1;
    }
}

static bool was_told(void *context, const struct finding *finding)
{
    const struct watch *watch = context;
    return hang__has_told(watch->hang, finding);
}

static bool was_ended(void *context, const struct process *process)
{
    const struct watch *watch = context;
    return hang__has_ended(watch->hang, process->ledger);
}

void watch__add(const struct watch *watch, struct reporting *reporting, struct ledger_reading *reading)
{
    const struct seen_end seen = {.pid = (uint32_t)watch->outcome.pid,
                                  .by_signal = watch->outcome.by_signal,
                                  .status = watch->outcome.status,
                                  .time = watch->outcome.end};
    struct ledger_list ledgers = {.count = 0};
    *reading = (struct ledger_reading){.taker = reporting__taker(reporting), .seen = &seen};
    reading->failed = run_directory__ledgers(&watch->directory, &ledgers) != 0;
    ledger_order__sort(&ledgers);
    if (!watch->directory.is_private)
        reporting__resolve_all(reporting);
    struct roll roll = roll__read(watch->directory.path);
    ledger_reading__found(reading, &ledgers);
    ledger_reading__roll(reading, &roll);
    ledger_reading__finish(reading);
    reading->seen = NULL;
    size_t strays = tell_strays(watch, &ledgers, &roll);
    reading->failed += strays;
    if (ledgers.count == 0 && roll.count == 0 && strays == 0)
        tell_unwatched(watch);
    if (strays == 0)
        reading->failed += tell_lost_images(watch, &ledgers, &roll);
    if (!watch->directory.is_private && reading->read > 0 &&
        symbol_files__write(reporting__symbols(reporting), watch->directory.path, watch->options->command[0]) != 0)
        reading->failed++;
    for (size_t i = 0; !watch->directory.is_private && i < ledgers.count; i++)
        ledger_trim__cut(ledgers.paths[i]);
    reading->unfinished = tell_unfinished(watch, reporting);
    reading->hung = hang__has_killed(watch->hang);
    if (reading->hung)
        reporting__note_ended(reporting, was_ended, (void *)(uintptr_t)watch);
    if (watch->hang != NULL)
        reporting__refer(reporting, was_told, (void *)(uintptr_t)watch);
    if (reading->read > 0)
        tell_unmet_rules(reporting);
    roll__clear(&roll);
    ledger_list__clear(&ledgers);
}
