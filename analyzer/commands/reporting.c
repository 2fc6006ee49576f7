/* What all reporting commands do. */
#include "reporting.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/heap.h"
#include "base/output.h"
#include "base/pool.h"
#include "earlier_runs.h"
#include "findings/collector.h"
#include "findings/resolver.h"
#include "rule/baseline.h"
#include "rule/suppressions.h"
#include "writing.h"

static const char baseline_rule[] = "baseline", runs_rule[] = "store", unchanged_rule[] = "unchanged";

struct reporting {
    const struct common_options *options;
    struct suppressions *suppressions;
    struct symbols *symbols;
    struct collector *collector;
    struct resolver *resolver;  /* NULL: not wanted */
    struct recorder *recorder;  /* likewise */
    struct baseline *baseline;  /* NULL: none, or one that is to be made */
    struct store *runs;         /* earlier ones that this is compared with; NULL: none */
    const struct report *older; /* what this is compared with; NULL: nothing */
    struct finding *findings;   /* the collector's, what is known behind what counts */
    const char **unread;        /* as in the report */
    size_t unread_count, unread_room;
    struct report report;
    bool is_finished;
};

static int read_suppressions(struct reporting *reporting)
{
    struct suppressions_error error;
    for (size_t i = 0; i < reporting->options->suppression_count; i++) {
        if (suppressions__read_file(reporting->suppressions, reporting->options->suppressions[i], &error) != 0) {
            complain("%s", error.text);
            return -1;
        }
    }
    suppressions__read_built_in(reporting->suppressions);
    return 0;
}

/* One that is to be written need not be there yet. */
static int read_baseline(struct reporting *reporting)
{
    const struct common_options *options = reporting->options;
    struct baseline_error error;
    if (options->baseline == NULL || (options->update_baseline && access(options->baseline, F_OK) != 0))
        return 0;
    if (baseline__read(&reporting->baseline, options->baseline, &error) == 0)
        return 0;
    complain("%s", error.text);
    return -1;
}

static void start(struct reporting *reporting)
{
    const struct common_options *options = reporting->options;
    struct symbols_options symbols_options = {.debuginfod = options->debuginfod};
    struct collector_options collector_options = {
        .skip_exe = options->skip_exe,
        .audit = options->audit,
        .leaks_on_signal = options->leaks_on_signal,
        .steady = options->stable,
        .locks = options->locks,
        .connections = options->connections,
        .idle = options->idle,
        .grouping =
            {
                .kinds = options->kinds,
                .scope = options->scope,
                .held_is_given = options->held_is_given,
                .held = options->held,
                .steady = options->stable,
                .suppressions = reporting->suppressions,
            },
    };
    if (options->debuginfod && getenv("DEBUGINFOD_URLS") == NULL)
        complain("--debuginfod: DEBUGINFOD_URLS is not set, no server will be asked");
    reporting->symbols = symbols__new(&symbols_options);
    reporting->collector = collector__new(&collector_options, reporting->symbols);
}

struct reporting *reporting__new(const struct common_options *options)
{
    struct reporting *reporting = heap__zeroed(1, sizeof(*reporting));
    reporting->options = options;
    reporting->suppressions = suppressions__new();
    if (read_suppressions(reporting) != 0 || read_baseline(reporting) != 0) {
        reporting__free(reporting);
        return NULL;
    }
    start(reporting);
    return reporting;
}

void reporting__free(struct reporting *reporting)
{
    if (reporting == NULL)
        return;
    collector__free(reporting->collector);
    resolver__free(reporting->resolver);
    recorder__free(reporting->recorder);
    symbols__free(reporting->symbols);
    suppressions__free(reporting->suppressions);
    baseline__free(reporting->baseline);
    free(reporting->findings);
    free(reporting->unread);
    free(reporting);
}

void reporting__add(struct reporting *reporting, const struct ledger *ledger, const struct seen_end *seen)
{
    collector__add(reporting->collector, ledger, seen);
    if (reporting->recorder != NULL) {
        bool is_seen = seen != NULL && seen->pid == ledger__header(ledger)->pid;
        struct life life = life__of(ledger, is_seen ? seen : NULL);
        recorder__add(reporting->recorder, ledger, &life);
    }
    if (reporting->resolver != NULL)
        resolver__add(reporting->resolver, ledger);
}

const char *reporting__baseline_path(const struct reporting *reporting)
{
    return reporting->options->baseline;
}

struct symbols *reporting__symbols(struct reporting *reporting)
{
    return reporting->symbols;
}

void reporting__resolve_all(struct reporting *reporting)
{
    if (reporting->resolver == NULL)
        reporting->resolver = resolver__new(reporting->symbols);
}

void reporting__record(struct reporting *reporting)
{
    if (reporting->recorder == NULL)
        reporting->recorder = recorder__new(reporting->symbols);
}

void reporting__compare_with_runs(struct reporting *reporting, struct store *store)
{
    reporting->runs = store;
}

static void miss(void *context, const char *text)
{
    struct reporting *reporting = context;
    reporting->unread = heap__room(reporting->unread, reporting->unread_count, &reporting->unread_room, sizeof(char *));
    reporting->unread[reporting->unread_count++] = pool__text(symbols__pool(reporting->symbols), text);
}

static void take(void *context, const struct ledger *ledger, const struct seen_end *seen)
{
    reporting__add(context, ledger, seen);
}

struct ledger_taker reporting__taker(struct reporting *reporting)
{
    return (struct ledger_taker){.context = reporting, .take = take, .miss = miss, .symbols = reporting->symbols};
}

struct printed {
    const struct reporting *reporting;
    const struct report_format *format;
    const char *more;
    bool refers;
};

static void print(FILE *out, const void *context)
{
    const struct printed *printed = context;
    const struct reporting *reporting = printed->reporting;
    const struct common_options *options = reporting->options;
    char *directory = getcwd(NULL, 0);
    struct report_options report_options = {
        .color = writing__wants_color(options->color, printed->format->is_for_people, out),
        .full = options->full,
        .show_suppressed = options->show_suppressed,
        .stable = options->stable,
        .refers = printed->refers,
        .debuginfod = options->debuginfod,
        .top_is_given = options->top_is_given,
        .top = options->top,
        .source_root = options->source_root,
        .directory = directory,
        .scope = options->scope,
        .more = printed->more,
        .suppressions = reporting->suppressions,
    };
    printed->format->print(out, &reporting->report, &report_options);
    free(directory);
}

static int print_to_file(const struct reporting *reporting, const struct report_format *format, const char *path,
                         const char *more)
{
    const struct printed printed = {.reporting = reporting, .format = format, .more = more};
    return writing__to_file(path, print, &printed);
}

static int print_to_stream(const struct reporting *reporting, FILE *out, const char *more)
{
    const struct printed printed = {reporting, reporting->options->format, more, true};
    return writing__to_stream(out, print, &printed);
}

/* ---- The verdict ---- */

static void finish(struct reporting *reporting)
{
    if (!reporting->is_finished)
        reporting->report = *collector__finish(reporting->collector);
    reporting->report.unread = reporting->unread;
    reporting->report.unread_count = reporting->unread_count;
    reporting->is_finished = true;
}

const struct report *reporting__report(struct reporting *reporting)
{
    finish(reporting);
    return &reporting->report;
}

const struct finding *reporting__find(const struct report *report, const char *fingerprint)
{
    for (size_t i = 0; i < report->finding_count; i++)
        if (strcmp(report->findings[i].fingerprint, fingerprint) == 0)
            return &report->findings[i];
    return NULL;
}

/* Fingerprints are few: a thousand findings are compared in milliseconds. */
static bool is_unchanged(const struct report *older, struct finding *finding)
{
    const struct finding *before = reporting__find(older, finding->fingerprint);
    finding->known = before != NULL ? before->worst : 0;
    return before != NULL && before->worst == finding->worst;
}

/* The rule by which it is; NULL: it is not. */
static const char *known_by(const struct reporting *reporting, struct finding *finding)
{
    uint64_t tolerance = reporting->options->tolerance;
    if (reporting->older != NULL)
        return is_unchanged(reporting->older, finding) ? unchanged_rule : NULL;
    finding->known = reporting->baseline != NULL ? baseline__allows(reporting->baseline, finding) : 0;
    if (finding->known > 0 && finding->worst <= finding->known + tolerance)
        return baseline_rule;
    struct finding asked = *finding;
    if (reporting->runs == NULL)
        return NULL;
    const char *rule = earlier_runs__know(reporting->runs, &reporting->report, tolerance, &asked) ? runs_rule : NULL;
    if (rule != NULL || asked.known > finding->known)
        *finding = asked;
    return rule;
}

static void tell_who_ran(const struct reporting *reporting)
{
    const struct report *report = &reporting->report;
    for (size_t i = 0; reporting->baseline != NULL && i < report->process_count; i++)
        if (report->processes[i].judged)
            baseline__ran(reporting->baseline, &report->processes[i]);
}

/* What is known goes behind what counts, before what is suppressed; the order stays otherwise. */
static void set_known_aside(struct reporting *reporting)
{
    tell_who_ran(reporting);
    struct report *report = &reporting->report;
    size_t total = report->finding_count + report->suppressed_count, kept = 0, aside = 0;
    struct finding *findings = heap__zeroed(total, sizeof(*findings));
    struct finding *known = heap__zeroed(report->finding_count, sizeof(*known));
    for (size_t i = 0; i < report->finding_count; i++) {
        struct finding finding = report->findings[i];
        const char *rule = known_by(reporting, &finding);
        if (rule != NULL) {
            finding.rule = rule;
            known[aside++] = finding;
        } else
            findings[kept++] = finding;
    }
    memcpy(findings + kept, known, aside * sizeof(*known));
    memcpy(findings + kept + aside, report->findings + report->finding_count,
           report->suppressed_count * sizeof(*findings));
    free(known);
    report->findings = reporting->findings = findings;
    report->finding_count = kept;
    report->suppressed_count += aside;
    report->baseline = reporting->baseline;
}

int reporting__store(struct reporting *reporting, struct store *store, struct recorded *recorded)
{
    finish(reporting);
    return recorder__write(reporting->recorder, &reporting->report, store, recorded);
}

int reporting__earlier_runs(struct reporting *reporting, uint64_t *runs)
{
    finish(reporting);
    return earlier_runs__count(reporting->runs, &reporting->report, runs);
}

bool reporting__skips_by_name(const struct reporting *reporting)
{
    return reporting->options->skip_exe != NULL;
}

void reporting__compare(struct reporting *reporting, const struct report *older)
{
    finish(reporting);
    reporting->older = older;
    set_known_aside(reporting);
}

void reporting__keep(struct reporting *reporting, bool (*is_wanted)(void *context, const struct finding *finding),
                     void *context)
{
    finish(reporting);
    struct report *report = &reporting->report;
    struct finding *findings = heap__zeroed(report->finding_count + 1, sizeof(*findings));
    size_t kept = 0;
    for (size_t i = 0; i < report->finding_count; i++)
        if (is_wanted(context, &report->findings[i]))
            findings[kept++] = report->findings[i];
    free(reporting->findings);
    report->findings = reporting->findings = findings;
    report->finding_count = kept;
    report->suppressed_count = 0;
    for (size_t i = 0; i < report->process_count; i++)
        report->processes[i].troubles &= ~(uint32_t)LW_TROUBLE_UNSEEN_START;
}

void reporting__note_ended(struct reporting *reporting, bool (*was_ended)(void *context, const struct process *process),
                           void *context)
{
    finish(reporting);
    for (size_t i = 0; i < reporting->report.process_count; i++)
        reporting->report.processes[i].was_ended = was_ended(context, &reporting->report.processes[i]);
}

void reporting__refer(struct reporting *reporting, bool (*was_told)(void *context, const struct finding *finding),
                      void *context)
{
    finish(reporting);
    for (size_t i = 0; i < reporting->report.finding_count; i++)
        reporting->report.findings[i].told_live = was_told(context, &reporting->report.findings[i]);
}

/* … and has not been so far. */
static bool is_compared(const struct reporting *reporting)
{
    return (reporting->baseline != NULL || reporting->runs != NULL) && reporting->findings == NULL;
}

const char *reporting__judge(struct reporting *reporting, int command_status)
{
    finish(reporting);
    if (is_compared(reporting))
        set_known_aside(reporting);
    reporting->report.cause = command_status != 0 ? "command" : reporting__is_bad(reporting) ? "findings" : "clean";
    return reporting->report.cause;
}

void reporting__refuse_to_judge(struct reporting *reporting, const char *cause)
{
    reporting__judge(reporting, 0);
    reporting->report.cause = cause;
}

/* Tests that run side by side update one baseline: one after the other, each what the one before has left. */
static int lock_directory_of(const char *path)
{
    char *real = realpath(path, NULL), *directory = real ? real : heap__copied(path);
    char *slash = strrchr(directory, '/');
    if (slash != NULL)
        slash[slash == directory] = '\0';
    int fd = open(slash != NULL ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(directory);
    while (fd >= 0 && flock(fd, LOCK_EX) != 0 && errno == EINTR)
        continue;
    return fd;
}

static int read_again(struct reporting *reporting)
{
    baseline__free(reporting->baseline);
    reporting->baseline = NULL;
    reporting->report.baseline = NULL;
    return read_baseline(reporting);
}

int reporting__update_baseline(struct reporting *reporting, bool keeps_unseen)
{
    const struct common_options *options = reporting->options;
    struct output output;
    int lock = lock_directory_of(options->baseline), result = -1;
    finish(reporting);
    if (read_again(reporting) == 0 && output__open(&output, options->baseline) == 0) {
        tell_who_ran(reporting);
        baseline__write(output.file, &reporting->report, options->fail_on, reporting->baseline, keeps_unseen);
        result = output__close(&output);
    }
    if (lock >= 0)
        close(lock);
    return result;
}

int reporting__write(struct reporting *reporting, FILE *usual, const char *more)
{
    const struct common_options *options = reporting->options;
    finish(reporting);
    if (is_compared(reporting) && !options->update_baseline)
        set_known_aside(reporting);
    int result = options->output != NULL ? print_to_file(reporting, options->format, options->output, more)
                                         : print_to_stream(reporting, usual, more);
    for (size_t i = 0; i < options->artefact_count; i++) {
        const struct artefact *artefact = &options->artefacts[i];
        if (print_to_file(reporting, artefact->format, artefact->path, more) != 0)
            result = -1;
    }
    return result;
}

int reporting__try_files(const struct reporting *reporting)
{
    const struct common_options *options = reporting->options;
    int result = options->output != NULL ? output__try(options->output) : 0;
    for (size_t i = 0; i < options->artefact_count && result == 0; i++)
        result = output__try(options->artefacts[i].path);
    return result;
}

bool reporting__has_scope(struct reporting *reporting)
{
    finish(reporting);
    if (reporting->options->scope == NULL || reporting->report.scope_count > 0)
        return true;
    complain("--scope %s: no scope matches, so nothing was looked at", reporting->options->scope);
    return false;
}

bool reporting__is_whole(const struct reporting *reporting)
{
    for (size_t i = 0; i < reporting->report.process_count; i++)
        if (reporting->report.processes[i].judged && reporting->report.processes[i].lost > 0)
            return false;
    return true;
}

bool reporting__is_bad(const struct reporting *reporting)
{
    if (reporting->options->never_fail)
        return false;
    for (size_t i = 0; i < reporting->report.finding_count; i++)
        if (reporting->report.findings[i].level >= reporting->options->fail_on)
            return true;
    return false;
}
