/* Looks at the processes of a run while they go on, and tells of those that hang.
 *
 * DESIGN. Each look takes a glance at the boards of each process that has not said that it has ended: some microseconds for
 * each, which cost the processes nothing. Where threads wait for locks, and other ones than at the last look, the ledgers of
 * all processes with such threads are read together, so that circles through several processes are seen, too. A circle that
 * stands is seen again when its time is over, and told then. Looks are the rarer the longer they take. */
#include "hang.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/heap.h"
#include "base/moment.h"
#include "findings/standstill.h"
#include "ledger/waits.h"
#include "model/kinds.h"
#include "progress.h"
#include "reporting.h"
#include "reports/format.h"
#include "run/ending.h"

#define SECOND 1000000000u
enum {
    GLANCES = 2000,
    READ = 500, /* ledgers at most, in one look */
    GLANCING = 50,
    READING = 5 /* of so many times what it takes one goes into it, at most */
};

struct suspect {
    char *ledger;
    struct ledger_waits waits;
    uint64_t read;  /* waits.which when its ledger was read last */
    uint64_t still; /* the same when it was told that all its threads wait */
    bool has_ended, is_read;
};

/* A deadlock of a process, as it was seen first. */
struct sight {
    char fingerprint[17];
    uint32_t pid;
    uint64_t first;
    bool is_there, is_told;
};

struct hang {
    const struct hang_options *options;
    const struct common_options *common;
    const struct run_directory *directory;
    uint64_t after; /* ns */
    uint64_t period;
    struct suspect *suspects; /* by their ledgers' names */
    size_t suspect_count, suspect_room, next;
    struct sight *sights;
    size_t sight_count, sight_room;
    struct told {
        char fingerprint[17];
    } * told;
    size_t told_count, told_room;
    struct endings *endings;
    bool has_killed;
};

struct hang *hang__new(const struct hang_options *options, const struct common_options *common,
                       const struct run_directory *directory)
{
    if (options->after <= 0)
        return NULL;
    struct hang *hang = heap__zeroed(1, sizeof(*hang));
    hang->options = options;
    hang->common = common;
    hang->directory = directory;
    hang->after = (uint64_t)(options->after * SECOND);
    hang->period = hang->after / 4 > SECOND ? hang->after / 4 : SECOND;
    hang->endings = endings__new();
    return hang;
}

void hang__free(struct hang *hang)
{
    if (hang == NULL)
        return;
    for (size_t i = 0; i < hang->suspect_count; i++)
        free(hang->suspects[i].ledger);
    free(hang->suspects);
    free(hang->sights);
    free(hang->told);
    endings__free(hang->endings);
    free(hang);
}

bool hang__has_killed(const struct hang *hang)
{
    return hang != NULL && hang->has_killed;
}

bool hang__has_ended(const struct hang *hang, const char *ledger)
{
    return hang != NULL && endings__have(hang->endings, ledger);
}

/* ---- Who might hang ---------------------------------------------------------------------------------------------- */

static int by_ledger(const void *left, const void *right)
{
    return strcmp(((const struct suspect *)left)->ledger, ((const struct suspect *)right)->ledger);
}

static void find_new_ones(struct hang *hang)
{
    struct ledger_list ledgers = {.count = 0};
    size_t before = hang->suspect_count;
    if (run_directory__ledgers_so_far(hang->directory, &ledgers) != 0)
        ledgers.count = 0; /* next time, perhaps */
    for (size_t i = 0; i < ledgers.count; i++) {
        const struct suspect wanted = {.ledger = ledgers.paths[i]};
        if (before > 0 && bsearch(&wanted, hang->suspects, before, sizeof wanted, by_ledger) != NULL)
            continue;
        hang->suspects = heap__room(hang->suspects, hang->suspect_count, &hang->suspect_room, sizeof(struct suspect));
        hang->suspects[hang->suspect_count++] = (struct suspect){.ledger = heap__copied(ledgers.paths[i])};
    }
    if (hang->suspect_count > before)
        qsort(hang->suspects, hang->suspect_count, sizeof(struct suspect), by_ledger);
    ledger_list__clear(&ledgers);
}

/* A file that cannot be read may be one that is just being begun. Of one whose process was killed the boards stay as they
 * are. */
static void glance(struct suspect *suspect)
{
    if (!ledger__glance(suspect->ledger, &suspect->waits))
        suspect->waits.for_locks = 0;
    suspect->has_ended =
        suspect->waits.has_ended || (suspect->waits.for_locks > 0 && !ledger__is_alive(suspect->ledger));
}

static bool is_suspicious(const struct hang *hang, const struct suspect *suspect)
{
    uint64_t least = hang->after < 2 * SECOND ? hang->after / 4 : SECOND / 2;
    const struct ledger_waits *waits = &suspect->waits;
    return !suspect->has_ended && waits->for_locks > 0 && (waits->longest_lock >= least || waits->longest_lock == 0);
}

/* Where they are very many, some of them each time. True: one of them waits otherwise than when it was read. */
static bool glance_at_some(struct hang *hang)
{
    bool has_changed = false;
    size_t left = GLANCES;
    for (size_t i = 0; i < hang->suspect_count && left > 0; i++) {
        struct suspect *suspect = &hang->suspects[hang->next++ % hang->suspect_count];
        if (suspect->has_ended)
            continue;
        glance(suspect);
        left--;
        has_changed |= is_suspicious(hang, suspect) && suspect->read != suspect->waits.which;
    }
    return has_changed;
}

/* ---- Circles ----------------------------------------------------------------------------------------------------- */

static void read_one(struct suspect *suspect, struct reporting *reporting)
{
    struct ledger *ledger;
    struct ledger_error error;
    suspect->read = suspect->waits.which;
    suspect->is_read = true;
    if (ledger__open(&ledger, suspect->ledger, &error) != 0)
        return;
    if (ledger__is_running(ledger))
        reporting__add(reporting, ledger, NULL);
    ledger__close(ledger);
}

/* All that might be in circles; those first that wait otherwise than before. */
static void read_all(struct hang *hang, struct reporting *reporting)
{
    size_t left = READ;
    for (size_t i = 0; i < hang->suspect_count; i++)
        hang->suspects[i].is_read = false;
    for (unsigned old = 0; old < 2; old++)
        for (size_t i = 0; i < hang->suspect_count && left > 0; i++) {
            struct suspect *suspect = &hang->suspects[i];
            if (suspect->is_read || !is_suspicious(hang, suspect) || (!old && suspect->read == suspect->waits.which))
                continue;
            read_one(suspect, reporting);
            left--;
        }
}

static struct sight *sight_of(struct hang *hang, const struct finding *finding, uint32_t pid)
{
    for (size_t i = 0; i < hang->sight_count; i++)
        if (hang->sights[i].pid == pid && strcmp(hang->sights[i].fingerprint, finding->fingerprint) == 0)
            return &hang->sights[i];
    hang->sights = heap__room(hang->sights, hang->sight_count, &hang->sight_room, sizeof(struct sight));
    struct sight *sight = &hang->sights[hang->sight_count++];
    *sight = (struct sight){.pid = pid, .first = moment__now()};
    memcpy(sight->fingerprint, finding->fingerprint, sizeof sight->fingerprint);
    return sight;
}

/* What a time-out ends is none; a warning says that. */
static bool is_deadlock(const struct finding *finding)
{
    return finding->kind == kinds__get(KIND_DEADLOCK) && finding->level == LEVEL_ERROR;
}

static bool is_due(const struct hang *hang, const struct sight *sight)
{
    return !sight->is_told && moment__now() - sight->first >= hang->after;
}

/* Notes what is there. What was there and is not any more begins anew when it comes again. */
static void note_all(struct hang *hang, const struct report *report)
{
    size_t kept = 0;
    for (size_t i = 0; i < hang->sight_count; i++)
        hang->sights[i].is_there = false;
    for (size_t i = 0; i < report->finding_count; i++)
        for (size_t k = 0; is_deadlock(&report->findings[i]) && k < report->findings[i].process_count; k++)
            sight_of(hang, &report->findings[i], report->processes[report->findings[i].processes[k]].pid)->is_there =
                true;
    for (size_t i = 0; i < hang->sight_count; i++)
        if (hang->sights[i].is_there)
            hang->sights[kept++] = hang->sights[i];
    hang->sight_count = kept;
}

static void end(struct hang *hang, const char *ledger, uint32_t pid)
{
    if (hang->options->kill && endings__begin(hang->endings, ledger, pid))
        hang->has_killed = true;
}

static const char *what_becomes_of_it(const struct hang *hang, bool is_one)
{
    if (hang->options->kill)
        return is_one ? "it is ended" : "they are ended";
    return is_one ? "it goes on" : "they go on";
}

struct telling {
    struct hang *hang;
    const struct report *report;
};

bool hang__has_told(const struct hang *hang, const struct finding *finding)
{
    for (size_t i = 0; hang != NULL && i < hang->told_count; i++)
        if (strcmp(hang->told[i].fingerprint, finding->fingerprint) == 0)
            return true;
    return false;
}

static void keep_told(struct hang *hang, const struct finding *finding)
{
    if (hang__has_told(hang, finding))
        return;
    hang->told = heap__room(hang->told, hang->told_count, &hang->told_room, sizeof(struct told));
    memcpy(hang->told[hang->told_count++].fingerprint, finding->fingerprint, sizeof finding->fingerprint);
}

static void append_process(char **text, const struct process *process, bool is_last)
{
    const char *separator = **text == '\0' ? "" : is_last ? " and " : ", ";
    char *longer = heap__printed("%s%s%s (pid %" PRIu32 ")", *text, separator, process->name, process->pid);
    free(*text);
    *text = longer;
}

static void say(const struct hang *hang, const struct telling *telling, const struct finding *finding, uint64_t first)
{
    bool is_one = finding->process_count == 1;
    char *processes = heap__copied("");
    for (size_t i = 0; i < finding->process_count; i++)
        append_process(&processes, &telling->report->processes[finding->processes[i]], i + 1 == finding->process_count);
    complain("%s %s: for %.1f s at least, threads wait for each other; %s", processes, is_one ? "hangs" : "hang",
             (double)(moment__now() - first) / SECOND, what_becomes_of_it(hang, is_one));
    free(processes);
}

/* True: it is to be told now. Says so in one line, of all of its processes. */
static bool tell(void *context, const struct finding *finding)
{
    const struct telling *telling = context;
    struct hang *hang = telling->hang;
    uint64_t first = UINT64_MAX;
    bool is_wanted = false;
    for (size_t i = 0; is_deadlock(finding) && i < finding->process_count; i++) {
        struct sight *sight = sight_of(hang, finding, telling->report->processes[finding->processes[i]].pid);
        is_wanted = is_wanted || is_due(hang, sight);
        first = sight->first < first ? sight->first : first;
    }
    if (!is_wanted)
        return false;
    for (size_t i = 0; i < finding->process_count; i++)
        sight_of(hang, finding, telling->report->processes[finding->processes[i]].pid)->is_told = true;
    say(hang, telling, finding, first);
    keep_told(hang, finding);
    return true;
}

static bool any_is_due(const struct hang *hang)
{
    for (size_t i = 0; i < hang->sight_count; i++)
        if (is_due(hang, &hang->sights[i]))
            return true;
    return false;
}

static void tell_all(struct hang *hang, struct reporting *reporting)
{
    const struct report *report = reporting__report(reporting);
    const struct telling telling = {hang, report};
    progress__clear();
    reporting__keep(reporting, tell, (void *)(uintptr_t)&telling);
    reporting__write(reporting, stderr, NULL);
    for (size_t i = 0; i < report->finding_count; i++)
        for (size_t k = 0; k < report->findings[i].process_count; k++) {
            const struct process *process = &report->processes[report->findings[i].processes[k]];
            end(hang, process->ledger, process->pid);
        }
}

/* In full, as text, and nowhere else. */
static struct common_options options_for(const struct common_options *common)
{
    struct common_options options = *common;
    options.format = report_format__find("text");
    options.output = NULL;
    options.artefact_count = 0;
    options.baseline = NULL;
    options.update_baseline = false;
    options.kinds = kinds__get(KIND_DEADLOCK)->name;
    options.scope = NULL;
    options.audit = false;
    options.full = true;
    return options;
}

static void look_for_circles(struct hang *hang)
{
    const struct common_options options = options_for(hang->common);
    struct reporting *reporting = reporting__new(&options);
    if (reporting == NULL)
        return;
    read_all(hang, reporting);
    note_all(hang, reporting__report(reporting));
    if (any_is_due(hang))
        tell_all(hang, reporting);
    reporting__free(reporting);
}

/* ---- Others ------------------------------------------------------------------------------------------------------ */

static bool is_in_circle(const struct hang *hang, uint32_t pid)
{
    for (size_t i = 0; i < hang->sight_count; i++)
        if (hang->sights[i].pid == pid)
            return true;
    return false;
}

static void tell_standstill(struct hang *hang, struct suspect *suspect)
{
    struct ledger *ledger;
    struct ledger_error error;
    if (ledger__open(&ledger, suspect->ledger, &error) != 0)
        return;
    char *text = ledger__is_running(ledger) ? standstill__of(ledger, hang->after) : NULL;
    uint32_t pid = ledger__header(ledger)->pid;
    ledger__close(ledger);
    if (text == NULL)
        return;
    suspect->still = suspect->waits.which;
    progress__clear();
    complain("pid %" PRIu32
             " hangs: for %.1f s at least, all its threads have been waiting, though not in a circle: %s; "
             "%s",
             pid, (double)hang->after / SECOND, text, what_becomes_of_it(hang, true));
    free(text);
    end(hang, suspect->ledger, pid);
}

static void look_for_standstills(struct hang *hang)
{
    for (size_t i = 0; i < hang->suspect_count; i++) {
        struct suspect *suspect = &hang->suspects[i];
        const struct ledger_waits *waits = &suspect->waits;
        if (!suspect->has_ended && waits->for_locks > 0 && waits->shortest >= hang->after &&
            suspect->still != waits->which && !is_in_circle(hang, waits->pid))
            tell_standstill(hang, suspect);
    }
}

/* ---- Looking ----------------------------------------------------------------------------------------------------- */

static uint64_t until_next(struct hang *hang, uint64_t rest)
{
    uint64_t time = moment__now(), delay = rest > hang->period ? rest : hang->period;
    for (size_t i = 0; i < hang->sight_count; i++) {
        uint64_t age = time - hang->sights[i].first, left = age < hang->after ? hang->after - age : 0;
        if (!hang->sights[i].is_told && left < delay)
            delay = left;
    }
    uint64_t ending = endings__go_on(hang->endings);
    return ending < delay ? ending + 1 : delay;
}

uint64_t hang__look(struct hang *hang)
{
    uint64_t began = moment__now();
    find_new_ones(hang);
    bool has_changed = glance_at_some(hang);
    uint64_t glanced = moment__now();
    if (has_changed || any_is_due(hang))
        look_for_circles(hang);
    look_for_standstills(hang);
    return until_next(hang, (glanced - began) * GLANCING + (moment__now() - glanced) * READING);
}
