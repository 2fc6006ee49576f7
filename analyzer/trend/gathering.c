/* Ledgers in, one trend out.
 *
 * DESIGN. Of each process stays what is small: who it is, its forecast, one share for each site that it still holds
 * something of. What charts want of it, samples and births, would fill the memory where processes are many: the worst
 * keep theirs. */
#include "gathering.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/heap.h"
#include "base/pool.h"
#include "base/process_file.h"
#include "findings/collector.h"
#include "findings/process.h"
#include "findings/successions.h"
#include "past.h"
#include "programs.h"
#include "ranking.h"
#include "sites.h"
#include "source/path.h"

#define NANOSECONDS 1e9

enum { CHARTED = 64, BIRTHS_KEPT = 4096, HOUR = 3600 };

struct gathering {
    struct gathering_options options;
    struct symbols *symbols;
    struct stacks *stacks, *own_stacks; /* own: NULL, where they are another's */
    struct trend_sites *sites;
    struct trend trend;
    size_t process_room;
    double **births; /* by process: of all that it holds, site by site; NULL: it is not charted */
    size_t births_room;
    uint32_t charted[CHARTED];
    size_t charted_count;
    const char **unread;
    size_t unread_room;
};

struct gathering *gathering__new(const struct gathering_options *options, struct symbols *symbols,
                                 struct stacks *stacks)
{
    struct gathering *gathering = heap__zeroed(1, sizeof(*gathering));
    gathering->options = *options;
    gathering->symbols = symbols;
    gathering->own_stacks = stacks == NULL ? stacks__new(symbols) : NULL;
    gathering->stacks = stacks == NULL ? gathering->own_stacks : stacks;
    gathering->sites = trend_sites__new();
    return gathering;
}

static void free_site(struct trend_site *site)
{
    for (size_t i = 0; i < site->share_count; i++)
        free(site->shares[i].births);
    free(site->shares);
    free(site->sentence);
}

void gathering__free(struct gathering *gathering)
{
    if (gathering == NULL)
        return;
    struct trend *trend = &gathering->trend;
    for (size_t i = 0; i < trend->process_count; i++)
        process__clear(&trend->processes[i].process);
    for (size_t i = 0; i < trend->site_count; i++)
        free_site(&trend->sites[i]);
    for (size_t i = 0; gathering->births != NULL && i < trend->process_count; i++)
        free(gathering->births[i]);
    free(gathering->births);
    free(trend->processes);
    free(trend->programs);
    free(trend->sites);
    free(gathering->unread);
    trend_sites__free(gathering->sites);
    stacks__free(gathering->own_stacks);
    free(gathering);
}

void gathering__miss(struct gathering *gathering, const char *text)
{
    struct trend *trend = &gathering->trend;
    gathering->unread = heap__room(gathering->unread, trend->unread_count, &gathering->unread_room, sizeof(char *));
    gathering->unread[trend->unread_count++] = pool__text(symbols__pool(gathering->symbols), text);
    trend->unread = gathering->unread;
}

/* ---- One process ------------------------------------------------------------------------------------------------- */

/* A ledger on its way into the trend. */
struct look {
    struct gathering *gathering;
    const struct ledger *ledger;
    const struct growth *growth;
    struct pool *pool;
    struct trend_process *process;
    uint32_t number; /* of the process */
    double *births;
    size_t birth_count, stride;
};

static double since_start(const struct look *look, uint64_t time)
{
    return time > look->growth->start ? (double)(time - look->growth->start) / NANOSECONDS : 0;
}

static double rate_of(const struct growth_judgement *judgement)
{
    bool stays = judgement->verdict >= GROWTH_SUSPECT && judgement->window > 0;
    return stays ? (double)judgement->came / judgement->window * HOUR : 0;
}

static void keep_births(struct look *look, const struct growth_site *site, struct trend_part *part)
{
    part->first_birth = look->birth_count;
    for (size_t i = 0; i < site->held; i += look->stride)
        look->births[look->birth_count++] = since_start(look, site->births[i]);
    part->share.birth_count = look->birth_count - part->first_birth;
}

/* What another image may follow is the least. */
static enum standing standing_of(const struct process *process)
{
    bool may_go_on = strcmp(process->how, "exec") == 0 || strcmp(process->how, "detached") == 0;
    return strcmp(process->how, "running") == 0 ? STANDING_RUNS : may_go_on ? STANDING_WENT_ON : STANDING_ENDED;
}

static void add_site(struct look *look, size_t index)
{
    const struct growth_site *site = &look->growth->sites[index];
    const struct growth_judgement *judgement = &look->growth->judgements[index];
    const struct site_name name = site_name__of(look->ledger, site->number, look->gathering->stacks, look->pool);
    struct trend_part part = {.kind = site->kind,
                              .standing = standing_of(&look->process->process),
                              .share = {.process = look->number,
                                        .verdict = judgement->verdict,
                                        .held = site->held,
                                        .descriptors = site->descriptors,
                                        .acquired = site->acquired,
                                        .released = site->released,
                                        .rate = rate_of(judgement)}};
    keep_births(look, site, &part);
    look->process->leaking += site->held > 0 && judgement->verdict == GROWTH_LEAKING;
    look->process->suspect += site->held > 0 && judgement->verdict == GROWTH_SUSPECT;
    look->process->others -= site->descriptors < look->process->others ? site->descriptors : look->process->others;
    char **sentence = trend_sites__add(look->gathering->sites, &name, &part, site->lifetimes);
    if (sentence != NULL)
        *sentence = growth__sentence(look->growth, index);
}

static void add_sites(struct look *look)
{
    const struct growth *growth = look->growth;
    size_t held = 0;
    for (size_t i = 0; i < growth->site_count; i++)
        held += growth->sites[i].held;
    look->stride = held / BIRTHS_KEPT + 1;
    look->births = heap__zeroed(held / look->stride + growth->site_count + 1, sizeof(double));
    stacks__open(look->gathering->stacks, look->ledger);
    for (size_t i = 0; i < growth->site_count; i++)
        add_site(look, i);
    stacks__open(look->gathering->stacks, NULL);
}

static void drop(struct gathering *gathering, uint32_t number)
{
    process__drop_samples(&gathering->trend.processes[number].process);
    gathering->trend.processes[number].is_charted = false;
    free(gathering->births[number]);
    gathering->births[number] = NULL;
}

/* The best of the worst makes room. */
static void keep_charted(struct gathering *gathering, uint32_t newest)
{
    struct trend_process *processes = gathering->trend.processes;
    size_t best = 0;
    processes[newest].is_charted = true;
    if (gathering->charted_count < CHARTED) {
        gathering->charted[gathering->charted_count++] = newest;
        return;
    }
    for (size_t i = 1; i < CHARTED; i++)
        if (trend_process__compare(&processes[gathering->charted[i]], &processes[gathering->charted[best]]) > 0)
            best = i;
    if (trend_process__compare(&processes[gathering->charted[best]], &processes[newest]) <= 0) {
        drop(gathering, newest);
        return;
    }
    drop(gathering, gathering->charted[best]);
    gathering->charted[best] = newest;
}

/* Judged by this look, and by what is known of earlier runs and looks. */
static struct growth *growth_of(struct gathering *gathering, const struct ledger *ledger, const struct life *life,
                                const struct trend_process *process)
{
    struct past_question question = {.past = gathering->options.past,
                                     .ledger = ledger,
                                     .process = &process->process,
                                     .stacks = gathering->stacks,
                                     .pool = symbols__pool(gathering->symbols)};
    if (question.past == NULL)
        return growth__of(ledger, life->end, process->limit);
    stacks__open(gathering->stacks, ledger);
    past__begin(&question);
    struct growth *growth = growth__of_known(ledger, life->end, process->limit, past__ask, &question);
    stacks__open(gathering->stacks, NULL);
    return growth;
}

/* Those that found no room in the ledger are not in it, but the kernel knows of them. */
static void count_open(struct trend_process *process, const struct ledger *ledger, uint64_t recorded)
{
    uint64_t open = 0;
    bool is_known = process->process.lost == 0 ||
                    (process->is_running && process_file__descriptors(ledger__process(ledger), UINT64_MAX, &open));
    process->open = open > recorded ? open : recorded;
    process->is_open_at_least = !is_known;
    if (process->process.peak_open < process->open)
        process->process.peak_open = process->open;
}

static void judge(struct gathering *gathering, const struct ledger *ledger, const struct life *life,
                  struct trend_process *process)
{
    uint32_t number = (uint32_t)gathering->trend.process_count - 1;
    struct growth *growth = growth_of(gathering, ledger, life, process);
    struct look look = {.gathering = gathering,
                        .ledger = ledger,
                        .growth = growth,
                        .pool = symbols__pool(gathering->symbols),
                        .process = process,
                        .number = number};
    process->limit = growth->limit; /* 0, where it is none */
    count_open(process, ledger, growth->open);
    process->others = growth->open;
    process->forecast = growth->forecast;
    process->threads = growth->threads;
    process->children = growth->children;
    add_sites(&look);
    gathering->births[number] = look.births;
    growth__free(growth);
}

static bool is_skipped(const struct gathering_options *options, const struct process *process)
{
    const char *file = base_name(process->exe);
    if (options->program != NULL)
        return fnmatch(options->program, file, 0) != 0 && fnmatch(options->program, process->name, 0) != 0;
    return collector__skips(options->skip_exe, file) || collector__skips(options->skip_exe, process->name);
}

static struct trend_process *add_process(struct gathering *gathering, const struct process *process)
{
    struct trend *trend = &gathering->trend;
    size_t count = trend->process_count;
    trend->processes = heap__room(trend->processes, count, &gathering->process_room, sizeof(*trend->processes));
    gathering->births = heap__room(gathering->births, count, &gathering->births_room, sizeof(double *));
    trend->processes[count] = (struct trend_process){.process = *process};
    trend->process_count++;
    return &trend->processes[count];
}

static void note_limit_changes(struct trend_process *process)
{
    const struct process *of = &process->process;
    process->limit_changed = -1;
    if (of->limit_change_count == 0)
        return;
    process->first_limit = of->limit_changes[0].soft_before;
    process->limit_changed = of->limit_changes[of->limit_change_count - 1].seconds;
}

void gathering__add(struct gathering *gathering, const struct ledger *ledger, const struct seen_end *seen)
{
    bool is_seen = seen != NULL && seen->pid == ledger__header(ledger)->pid;
    struct life life = life__of(ledger, is_seen ? seen : NULL);
    struct process of = process__of(ledger, &life, symbols__pool(gathering->symbols));
    of.judged = !is_skipped(&gathering->options, &of);
    if (!of.judged) {
        process__clear(&of);
        gathering->trend.skipped++;
        return;
    }
    struct trend_process *process = add_process(gathering, &of);
    process->is_running = strcmp(life.how, "running") == 0;
    process->lived = life.end > life.start ? (double)(life.end - life.start) / NANOSECONDS : 0;
    process->limit = of.nofile_soft;
    note_limit_changes(process);
    judge(gathering, ledger, &life, process);
    keep_charted(gathering, (uint32_t)gathering->trend.process_count - 1);
}

/* ---- All of them ------------------------------------------------------------------------------------------------- */

static void find_successions(struct trend *trend)
{
    struct process **processes = heap__zeroed(trend->process_count, sizeof(*processes));
    for (size_t i = 0; i < trend->process_count; i++)
        processes[i] = &trend->processes[i].process;
    successions__find(processes, trend->process_count);
    free(processes);
}

struct placed {
    struct trend_process process;
    uint32_t number;
};

static int worst_first(const void *left, const void *right)
{
    const struct placed *a = left, *b = right;
    int order = trend_process__compare(&a->process, &b->process);
    return order != 0 ? order : a->number < b->number ? -1 : a->number > b->number;
}

/* The new number of each. */
static uint32_t *sort_processes(struct trend *trend)
{
    struct placed *placed = heap__zeroed(trend->process_count, sizeof(*placed));
    uint32_t *order = heap__zeroed(trend->process_count, sizeof(*order));
    for (size_t i = 0; i < trend->process_count; i++)
        placed[i] = (struct placed){trend->processes[i], (uint32_t)i};
    qsort(placed, trend->process_count, sizeof(*placed), worst_first);
    for (size_t i = 0; i < trend->process_count; i++) {
        trend->processes[i] = placed[i].process;
        order[placed[i].number] = (uint32_t)i;
    }
    free(placed);
    return order;
}

const struct trend *gathering__finish(struct gathering *gathering)
{
    struct trend *trend = &gathering->trend;
    find_successions(trend);
    uint32_t *number = sort_processes(trend);
    const struct trend_order order = {.number = number, .births = gathering->births};
    trend_programs__find(trend);
    trend_sites__finish(gathering->sites, &order, trend);
    free(number);
    if (gathering->options.past != NULL)
        trend->histories = past__histories(gathering->options.past, &trend->history_count);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    trend->now = now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
    return trend;
}
