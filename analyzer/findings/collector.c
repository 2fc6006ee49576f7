/* Ledgers in, one report out. */
#include "collector.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>

#include "audit.h"
#include "base/complain.h"
#include "base/heap.h"
#include "base/pool.h"
#include "callsite/verdicts.h"
#include "close_waits.h"
#include "crowd.h"
#include "deadlocks.h"
#include "growths.h"
#include "inquiry.h"
#include "let_go.h"
#include "looks.h"
#include "model/told_names.h"
#include "process.h"
#include "successions.h"
#include "thread_names.h"
#include "rule/baseline.h"
#include "source/path.h"
#include "tally/grouping.h"
#include "tally/connection_list.h"
#include "tally/lock_costs.h"
#include "tally/scope_paths.h"

static const char *const carriers[] = {LW_CARRIERS, NULL};

enum { CHARTABLE = 64 };

struct collector {
    struct collector_options options;
    struct pool *pool;
    struct stacks *stacks;
    struct tallies *tallies;
    struct siblings *siblings;
    struct scope_paths *paths;
    struct lock_costs *lock_costs;
    struct namespaces *namespaces;
    struct connection_list *connection_list; /* NULL: not asked for */
    struct verdicts *verdicts;
    struct crowd *crowd;
    struct let_go *let_go;
    struct audit *audit; /* NULL: not asked for */
    bool is_forbidden_said;
    struct grouping *grouping;
    struct report report;
    size_t process_room;
    size_t chartable[CHARTABLE]; /* processes whose samples are kept */
    size_t chartable_count;
};

struct collector *collector__new(const struct collector_options *options, struct symbols *symbols)
{
    struct collector *collector = heap__zeroed(1, sizeof(*collector));
    collector->options = *options;
    collector->pool = symbols__pool(symbols);
    collector->stacks = stacks__new(symbols);
    collector->tallies = tallies__new();
    collector->siblings = siblings__new();
    collector->paths = scope_paths__new();
    collector->lock_costs = lock_costs__new();
    collector->namespaces = namespaces__new();
    collector->connection_list = options->connections ? connection_list__new() : NULL;
    collector->verdicts = verdicts__new(symbols, collector->stacks);
    collector->crowd = crowd__new();
    collector->let_go = let_go__new();
    collector->audit = options->audit ? audit__new() : NULL;
    collector->report.audited = options->audit;
    collector->grouping = grouping__new(&collector->options.grouping, collector->stacks, collector->siblings,
                                        collector->paths, collector->pool);
    return collector;
}

void collector__free(struct collector *collector)
{
    if (collector == NULL)
        return;
    for (size_t i = 0; i < collector->report.process_count; i++)
        process__clear(&collector->report.processes[i]);
    free(collector->report.processes);
    told_names__clear(&collector->report);
    grouping__free(collector->grouping);
    siblings__free(collector->siblings);
    scope_paths__free(collector->paths);
    lock_costs__free(collector->lock_costs);
    connection_list__free(collector->connection_list);
    namespaces__free(collector->namespaces);
    tallies__free(collector->tallies);
    crowd__free(collector->crowd);
    let_go__free(collector->let_go);
    audit__free(collector->audit);
    verdicts__free(collector->verdicts);
    stacks__free(collector->stacks);
    free(collector);
}

bool collector__skips(const char *const *patterns, const char *program)
{
    for (const char *const *pattern = patterns ? patterns : carriers; *pattern != NULL; pattern++)
        if (fnmatch(*pattern, program, 0) == 0)
            return true;
    return false;
}

static const char *command_of(struct pool *pool, const struct process *process)
{
    char *text = baseline__program(process);
    const char *command = pool__text(pool, text);
    free(text);
    return command;
}

/* Whose sockets may not be looked at is said once, of the first of them. */
static struct connections *look_at_connections(struct collector *collector, const struct ledger *ledger)
{
    if (!ledger__is_running(ledger) && collector->connection_list == NULL)
        return NULL;
    struct connections *connections = connections__of(ledger);
    connections__look(connections, ledger, collector->namespaces);
    if (connections->trouble == SOCKETS_FORBIDDEN && !collector->is_forbidden_said) {
        complain("the sockets of process %" PRIu32
                 " may not be looked at (its user and root may): whose peer has hung up "
                 "is not known",
                 ledger__header(ledger)->pid);
        collector->is_forbidden_said = true;
    }
    return connections;
}

/* Who changed the limit: the ledger's number of a stack becomes that of all ledgers. */
static void number_limit_changes(struct collector *collector, struct process *process)
{
    for (size_t i = 0; i < process->limit_change_count; i++)
        process->limit_changes[i].number = stacks__number(collector->stacks, process->limit_changes[i].number);
}

static void name_limit_changes(struct collector *collector)
{
    for (size_t i = 0; i < collector->report.process_count; i++) {
        struct process *process = &collector->report.processes[i];
        for (size_t k = 0; process->judged && k < process->limit_change_count; k++)
            process->limit_changes[k].stack = stacks__get(collector->stacks, process->limit_changes[k].number);
    }
}

static void look(struct collector *collector, const struct ledger *ledger, const struct life *life,
                 struct process *process)
{
    struct inquiry inquiry = {
        .ledger = ledger,
        .life = *life,
        .process = (uint32_t)collector->report.process_count - 1,
        .program = pool__text(collector->pool, base_name(process->exe)),
        .command = process->command,
        .leaks_on_signal = collector->options.leaks_on_signal,
        .steady = collector->options.steady,
        .pids = {process->pid, process->ppid},
        .stacks = collector->stacks,
        .tallies = collector->tallies,
        .siblings = collector->siblings,
        .suppressions = collector->options.grouping.suppressions,
        .pool = collector->pool,
        .paths = collector->paths,
        .lock_costs = collector->lock_costs,
        .connection_list = collector->connection_list,
        .idle = collector->options.idle,
        .verdicts = collector->verdicts,
        .crowd = collector->crowd,
        .let_go = collector->let_go,
        .audit = collector->audit,
        .failures = &collector->report.failures,
        .leftovers = heap__zeroed(ledger__count(ledger, LW_LEFTOVERS), sizeof(struct tally *)),
    };
    inquiry.thread_names = thread_names__new(ledger, collector->pool, !inquiry.steady);
    inquiry.connections = look_at_connections(collector, ledger);
    inquiry.close_waits = close_waits__new(&inquiry, inquiry.connections);
    stacks__open(collector->stacks, ledger);
    let_go__open(collector->let_go, ledger);
    looks__take(&inquiry);
    let_go__note(collector->let_go, ledger, life);
    number_limit_changes(collector, process);
    stacks__open(collector->stacks, NULL);
    collector->report.rules_met |= ledger__header(ledger)->rules_met;
    collector->report.injected += ledger__header(ledger)->injected;
    collector->report.expected += inquiry.expected;
    close_waits__free(inquiry.close_waits);
    connections__free(inquiry.connections);
    growths__free(&inquiry);
    free(inquiry.leftovers);
    thread_names__free(inquiry.thread_names);
}

/* Charts are drawn for those that had most open: of many thousand processes the others' samples would fill the memory. */
static void keep_chartable(struct collector *collector)
{
    struct process *processes = collector->report.processes;
    size_t newest = collector->report.process_count - 1, least = 0;
    if (!processes[newest].judged)
        process__drop_samples(&processes[newest]);
    if (processes[newest].sample_count == 0)
        return;
    if (collector->chartable_count < CHARTABLE) {
        collector->chartable[collector->chartable_count++] = newest;
        return;
    }
    for (size_t i = 1; i < CHARTABLE; i++)
        if (processes[collector->chartable[i]].peak_open < processes[collector->chartable[least]].peak_open)
            least = i;
    if (processes[collector->chartable[least]].peak_open >= processes[newest].peak_open) {
        process__drop_samples(&processes[newest]);
        return;
    }
    process__drop_samples(&processes[collector->chartable[least]]);
    collector->chartable[least] = newest;
}

void collector__add(struct collector *collector, const struct ledger *ledger, const struct seen_end *seen)
{
    struct report *report = &collector->report;
    bool is_seen = seen != NULL && seen->pid == ledger__header(ledger)->pid;
    struct life life = life__of(ledger, is_seen ? seen : NULL);
    report->processes =
        heap__room(report->processes, report->process_count, &collector->process_room, sizeof(struct process));
    struct process *process = &report->processes[report->process_count++];
    *process = process__of(ledger, &life, collector->pool);
    process->judged = !collector__skips(collector->options.skip_exe, base_name(process->exe)) &&
                      !collector__skips(collector->options.skip_exe, process->name);
    keep_chartable(collector);
    process->command = command_of(collector->pool, process);
    if (process->judged)
        look(collector, ledger, &life, process);
}

static void find_successions(struct report *report)
{
    struct process **processes = heap__zeroed(report->process_count, sizeof(*processes));
    for (size_t i = 0; i < report->process_count; i++)
        processes[i] = &report->processes[i];
    successions__find(processes, report->process_count);
    free(processes);
}

static void list_locks(struct collector *collector)
{
    struct report *report = &collector->report;
    report->longest_hold = lock_costs__longest(collector->lock_costs, collector->stacks);
    if (collector->options.locks)
        report->locks =
            lock_costs__list(collector->lock_costs, collector->stacks, collector->options.steady, &report->lock_count);
    report->locks_asked = collector->options.locks;
}

static void list_connections(struct collector *collector)
{
    struct report *report = &collector->report;
    report->connections_asked = collector->connection_list != NULL;
    report->idle = collector->options.idle;
    if (report->connections_asked)
        report->connections =
            connection_list__finish(collector->connection_list, collector->stacks, &report->connection_count);
}

const struct report *collector__finish(struct collector *collector)
{
    find_successions(&collector->report);
    deadlocks__find(collector->crowd, collector->tallies, collector->pool);
    for (struct tally *tally = tallies__first(collector->tallies); tally != NULL; tally = tally->next)
        grouping__add(collector->grouping, tally);
    collector->report.scopes =
        scope_paths__list(collector->paths, collector->options.grouping.scope, &collector->report.scope_count);
    list_locks(collector);
    list_connections(collector);
    name_limit_changes(collector);
    if (collector->audit != NULL)
        collector->report.sites = audit__results(collector->audit);
    grouping__finish(collector->grouping, &collector->report);
    told_names__find(&collector->report);
    return &collector->report;
}
