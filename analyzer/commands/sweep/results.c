/* What a failure did to the command. */
#include "results.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/heap.h"
#include "commands/common.h"
#include "findings/collector.h"
#include "model/kinds.h"
#include "source/path.h"
#include "symbol/stack.h"

struct sweep_reference {
    const char *const *skip_exe;
    struct symbols *symbols;
    char (*fingerprints)[17];
    size_t count, ledgers;
    size_t felled;  /* processes that were ended by a signal */
    char **skipped; /* ends with NULL */
    int status;
};

static const struct word {
    const char *name;
    bool is_bad;
} words[SWEEP_OUTCOMES] = {
    [SWEEP_CRASHED] = {"crashed", true},     [SWEEP_HUNG] = {"hung", true},
    [SWEEP_SWALLOWED] = {"swallowed", true}, [SWEEP_LEAKED] = {"leaked", true},
    [SWEEP_MISUSED] = {"misused", true},     [SWEEP_UNCLEAR] = {"unclear", false},
    [SWEEP_HANDLED] = {"handled", false},    [SWEEP_NOT_REACHED] = {"not reached", false},
};

/* What a finding that was not there before makes of a run; all other kinds say nothing. */
static const struct meaning {
    enum kind_id kind;
    enum sweep_outcome outcome;
} meanings[] = {
    {KIND_SWALLOWED_ERROR, SWEEP_SWALLOWED}, {KIND_LOST_WRITE, SWEEP_SWALLOWED}, {KIND_FD_LEAK, SWEEP_LEAKED},
    {KIND_STREAM_LEAK, SWEEP_LEAKED},        {KIND_DIR_LEAK, SWEEP_LEAKED},      {KIND_CHILD_LEAK, SWEEP_LEAKED},
    {KIND_SCOPE_LEAK, SWEEP_LEAKED},         {KIND_DOUBLE_CLOSE, SWEEP_MISUSED}, {KIND_USE_AFTER_CLOSE, SWEEP_MISUSED},
    {KIND_FOREIGN_CLOSE, SWEEP_MISUSED},     {KIND_CLOBBERED_FD, SWEEP_MISUSED}, {KIND_INVALID_RELEASE, SWEEP_MISUSED},
    {KIND_THREAD_LEAK, SWEEP_LEAKED},        {KIND_LOCK_HELD, SWEEP_LEAKED},     {KIND_LOCK_MISUSE, SWEEP_MISUSED},
};

const char *sweep_outcome__name(enum sweep_outcome outcome)
{
    return words[outcome].name;
}

bool sweep_outcome__is_bad(enum sweep_outcome outcome)
{
    return words[outcome].is_bad;
}

/* ---- The ledgers of one run -------------------------------------------------------------------------------------- */

static struct collector *collect(const struct sweep_reference *reference, const struct trial *trial, size_t *count)
{
    const struct collector_options options = {.skip_exe = reference->skip_exe};
    struct collector *collector = collector__new(&options, reference->symbols);
    struct ledger_list ledgers = {.count = 0};
    const struct seen_end seen = {.pid = (uint32_t)trial->pid, .by_signal = trial->by_signal, .status = trial->status};
    *count = 0;
    if (run_directory__ledgers(&trial->directory, &ledgers) != 0)
        return collector;
    for (size_t i = 0; i < ledgers.count; i++) {
        struct ledger *ledger;
        struct ledger_error error;
        if (ledger__open(&ledger, ledgers.paths[i], &error) != 0) {
            complain("%s", error.text);
            continue;
        }
        collector__add(collector, ledger, trial->by_signal ? NULL : &seen);
        ledger__close(ledger);
        (*count)++;
    }
    ledger_list__clear(&ledgers);
    return collector;
}

static bool judged_any(const struct report *report)
{
    for (size_t i = 0; i < report->process_count; i++)
        if (report->processes[i].judged)
            return true;
    return false;
}

static bool is_felled(const struct process *process)
{
    return process->judged && (strcmp(process->how, "signal") == 0 || strcmp(process->how, "killed") == 0);
}

static size_t count_felled(const struct report *report)
{
    size_t count = 0;
    for (size_t i = 0; i < report->process_count; i++)
        count += is_felled(&report->processes[i]);
    return count;
}

static const char *const nobody[] = {NULL};

static void note_skipped(struct sweep_reference *reference, const struct report *report)
{
    size_t count = 0;
    reference->skipped = heap__zeroed(report->process_count + 1, sizeof(char *));
    for (size_t i = 0; i < report->process_count; i++) {
        const char *name = base_name(report->processes[i].exe);
        size_t same = 0;
        while (same < count && strcmp(reference->skipped[same], name) != 0)
            same++;
        if (same == count && !report->processes[i].judged)
            reference->skipped[count++] = heap__copied(name);
    }
}

struct sweep_reference *sweep_reference__new(const struct trial *trial, const char *const *skip_exe,
                                             struct symbols *symbols)
{
    struct sweep_reference *reference = heap__zeroed(1, sizeof(*reference));
    *reference = (struct sweep_reference){.skip_exe = skip_exe, .symbols = symbols, .status = trial->status};
    struct collector *collector = collect(reference, trial, &reference->ledgers);
    const struct report *report = collector__finish(collector);
    if (skip_exe == NULL && !judged_any(report)) {
        collector__free(collector);
        reference->skip_exe = nobody;
        collector = collect(reference, trial, &reference->ledgers);
        report = collector__finish(collector);
    }
    reference->felled = count_felled(report);
    note_skipped(reference, report);
    reference->fingerprints = heap__zeroed(report->finding_count + 1, sizeof(*reference->fingerprints));
    for (size_t i = 0; i < report->finding_count; i++)
        memcpy(reference->fingerprints[reference->count++], report->findings[i].fingerprint,
               sizeof report->findings[i].fingerprint);
    collector__free(collector);
    return reference;
}

bool sweep_reference__judges(const struct sweep_reference *reference, const struct ledger *ledger)
{
    return !collector__skips(reference->skip_exe, base_name(ledger__header(ledger)->exe));
}

const char *const *sweep_reference__skip_exe(const struct sweep_reference *reference)
{
    return reference->skip_exe;
}

char *const *sweep_reference__skipped(const struct sweep_reference *reference)
{
    return reference->skipped;
}

void sweep_reference__free(struct sweep_reference *reference)
{
    if (reference == NULL)
        return;
    for (char **name = reference->skipped; *name != NULL; name++)
        free(*name);
    free(reference->skipped);
    free(reference->fingerprints);
    free(reference);
}

size_t sweep_reference__ledgers(const struct sweep_reference *reference)
{
    return reference->ledgers;
}

/* ---- Outcomes ---------------------------------------------------------------------------------------------------- */

static bool is_new(const struct sweep_reference *reference, const struct finding *finding)
{
    for (size_t i = 0; i < reference->count; i++)
        if (strcmp(reference->fingerprints[i], finding->fingerprint) == 0)
            return false;
    return true;
}

/* A note of a swallowed error says that it cannot be told; other notes say nothing. */
static enum sweep_outcome meaning_of(const struct finding *finding)
{
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (kinds__get(meanings[i].kind) != finding->kind)
            continue;
        if (finding->level != LEVEL_NOTE)
            return meanings[i].outcome;
        return meanings[i].outcome == SWEEP_SWALLOWED && finding__fact(finding, FACT_VERDICT) != NULL ? SWEEP_UNCLEAR
                                                                                                      : SWEEP_HANDLED;
    }
    return SWEEP_HANDLED;
}

/* "app.c:12 in save", or "app+0x12f4 in save"; the caller frees it. */
static char *where(const struct frame *frame)
{
    if (frame->file != NULL)
        return frame__where(frame);
    return heap__printed("%s+0x%" PRIx64 "%s%s", base_name(frame->module ? frame->module : "?"), frame->offset,
                         frame->function ? " in " : "", frame->function ? frame->function : "");
}

/* Where it is, too, unless that is the place that was made to fail. */
static char *words_of(const struct finding *finding, const struct sweep_site *site)
{
    const struct stack *stack = finding->released ? finding->released : finding->acquired;
    if (meaning_of(finding) == SWEEP_LEAKED)
        stack = finding->acquired;
    const struct frame *frame = stack__user_frame(stack);
    if (frame == NULL)
        return heap__copied(finding->kind->name);
    char *place = where(frame);
    bool is_there = strcmp(place, site->where) == 0;
    char *text = is_there ? heap__copied(finding->kind->name) : heap__printed("%s at %s", finding->kind->name, place);
    free(place);
    return text;
}

static void judge_findings(struct sweep_result *result, const struct sweep_reference *reference,
                           const struct report *report)
{
    for (size_t i = 0; i < report->finding_count; i++) {
        const struct finding *finding = &report->findings[i];
        enum sweep_outcome outcome = meaning_of(finding);
        if (outcome >= result->outcome || !is_new(reference, finding))
            continue;
        result->outcome = outcome;
        free(result->because);
        result->because = words_of(finding, result->site);
    }
}

/* A process that met the failure and was ended, though its parent, a shell perhaps, went on. NULL: none. */
static const struct process *fallen(const struct sweep_reference *reference, const struct report *report)
{
    if (count_felled(report) <= reference->felled)
        return NULL;
    for (size_t i = 0; i < report->process_count; i++)
        if (report->processes[i].injected > 0 && is_felled(&report->processes[i]))
            return &report->processes[i];
    return NULL;
}

static void judge_end(struct sweep_result *result, const struct sweep_reference *reference, const struct report *report)
{
    const struct trial *trial = result->trial;
    const struct process *process = trial->by_signal ? NULL : fallen(reference, report);
    if (trial->timed_out) {
        result->outcome = SWEEP_HUNG;
        result->because = heap__printed("ended after %.1f s", trial->seconds);
    } else if (trial->by_signal) {
        result->outcome = SWEEP_CRASHED;
        result->because = heap__printed("signal %d, %s", trial->status, strsignal(trial->status));
    } else if (process != NULL) {
        result->outcome = SWEEP_CRASHED;
        result->because = heap__printed("%s was ended by a signal", base_name(process->exe));
    }
}

static void add_status(struct sweep_result *result)
{
    char *before = result->because;
    result->because =
        heap__printed("%s%sexit status %d", before ? before : "", before ? ", " : "", result->trial->status);
    free(before);
}

struct sweep_result sweep_result__of(const struct sweep_reference *reference, const struct sweep_site *site,
                                     const struct trial *trial)
{
    struct sweep_result result = {.site = site, .trial = trial, .outcome = SWEEP_HANDLED};
    size_t ledgers;
    struct collector *collector = collect(reference, trial, &ledgers);
    const struct report *report = collector__finish(collector);
    if (report->injected == 0)
        result.outcome = SWEEP_NOT_REACHED;
    else
        judge_end(&result, reference, report);
    if (result.outcome == SWEEP_HANDLED)
        judge_findings(&result, reference, report);
    result.gave_up = !trial->by_signal && trial->status != reference->status;
    if (result.gave_up && result.outcome > SWEEP_HUNG && result.outcome < SWEEP_NOT_REACHED)
        add_status(&result);
    collector__free(collector);
    return result;
}

/* What is left open or closed wrongly is mended where that happens, everything else where the failure is. */
static bool harms_elsewhere(const struct sweep_result *result)
{
    return result->outcome == SWEEP_LEAKED || result->outcome == SWEEP_MISUSED;
}

static int compare_texts(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static int compare_harms(const struct sweep_result *a, const struct sweep_result *b)
{
    return a->gave_up != b->gave_up ? a->gave_up - b->gave_up : compare_texts(a->because, b->because);
}

int sweep_result__compare(const struct sweep_result *a, const struct sweep_result *b)
{
    if (a->outcome != b->outcome)
        return a->outcome < b->outcome ? -1 : 1;
    int harms = compare_harms(a, b), places = strcmp(a->site->where, b->site->where);
    if (harms != 0 && harms_elsewhere(a))
        return harms;
    int calls = strcmp(a->site->call, b->site->call);
    return places != 0 ? places : calls != 0 ? calls : harms;
}

bool sweep_result__is_same_harm(const struct sweep_result *a, const struct sweep_result *b)
{
    return a->outcome == b->outcome && harms_elsewhere(a) && compare_harms(a, b) == 0;
}
