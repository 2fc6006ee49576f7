/* What a store keeps of one look at one process. */
#include "run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/heap.h"
#include "base/pool.h"
#include "build.h"
#include "model/kinds.h"
#include "rule/baseline.h"
#include "shown.h"
#include "source/path.h"
#include "tally/site_name.h"

#define HOUR 3600.0

static const char *kept(struct pool *pool, char *text)
{
    const char *own = pool__text(pool, text);
    free(text);
    return own;
}

static const char *shown(struct pool *pool, const char *text)
{
    return kept(pool, shown__new(text));
}

static const char *shown_own(struct pool *pool, char *text)
{
    return kept(pool, shown__own(text));
}

/* ---- Sites ------------------------------------------------------------------------------------------------------- */

static const char *place_of(struct pool *pool, const struct frame *frame)
{
    if (frame == NULL)
        return "";
    const char *file = frame->file ? frame->file : frame->module ? frame->module : "?";
    if (frame->file == NULL && frame->function == NULL)
        return shown_own(pool, heap__printed("%s+0x%" PRIx64, base_name(file), frame->offset));
    if (frame->file == NULL || frame->line <= 0)
        return shown_own(pool, heap__printed("%s in %s", frame->function ? frame->function : "?", base_name(file)));
    return shown_own(
        pool, heap__printed("%s at %s:%d", frame->function ? frame->function : "?", base_name(file), frame->line));
}

/* Ledgers of one program have few sites. */
static struct run_site *get_site(struct run *run, const struct run_source *source, const struct site_name *name)
{
    for (size_t i = 0; i < run->site_count; i++)
        if (strcmp(run->sites[i].fingerprint, name->fingerprint) == 0)
            return &run->sites[i];
    run->sites = heap__room(run->sites, run->site_count, &run->site_room, sizeof(*run->sites));
    struct run_site *site = &run->sites[run->site_count++];
    const struct frame *frame = stack__user_frame(name->stack);
    *site = (struct run_site){
        .kind = name->kind->name,
        .call = shown(source->pool, name->call),
        .scope = shown(source->pool, name->scope),
        .place = place_of(source->pool, frame),
        .module = shown(source->pool, frame && frame->module ? base_name(frame->module) : ""),
        .reason = "",
    };
    memcpy(site->fingerprint, name->fingerprint, sizeof site->fingerprint);
    return site;
}

static int64_t real_time(const struct ledger *ledger, uint64_t time)
{
    const struct lw_header *header = ledger__header(ledger);
    return (int64_t)(header->start_realtime + (time - header->start_time));
}

static double rate_of(const struct growth_judgement *judgement)
{
    bool stays = judgement->verdict >= GROWTH_SUSPECT && judgement->window > 0;
    return stays ? (double)judgement->came / judgement->window * HOUR : 0;
}

static void take_judgement(struct run_site *site, const struct run_source *source, const struct growth *growth,
                           size_t index)
{
    const struct growth_judgement *judgement = &growth->judgements[index];
    site->rate += rate_of(judgement);
    if (judgement->verdict >= GROWTH_SUSPECT && (judgement->verdict > site->verdict || site->reason[0] == '\0'))
        site->reason = shown_own(source->pool, growth__sentence(growth, index));
    if (judgement->verdict >= site->verdict) {
        site->verdict = judgement->verdict;
        site->beyond = judgement->beyond;
        site->old = judgement->old;
    }
}

static void add_site(struct run *run, const struct run_source *source, const struct growth *growth, size_t index)
{
    const struct growth_site *judged = &growth->sites[index];
    const struct lw_site_count count = ledger__site_count(source->ledger, judged->number);
    const struct site_name name = site_name__of(source->ledger, judged->number, source->stacks, source->pool);
    struct run_site *site = get_site(run, source, &name);
    uint64_t peak = count.peak < count.acquired ? count.peak : count.acquired; /* of many threads it is a bound */
    site->acquired += count.acquired;
    site->released += count.released;
    site->held += judged->held;
    site->peak += peak > judged->held ? peak : judged->held;
    int64_t oldest = judged->held > 0 ? real_time(source->ledger, judged->births[0]) : 0;
    if (oldest != 0 && (site->oldest == 0 || oldest < site->oldest))
        site->oldest = oldest;
    take_judgement(site, source, growth, index);
}

/* Locks are taken and given back millions of times, and never run out. */
static void add_sites(struct run *run, const struct run_source *source)
{
    struct growth *growth = growth__of(source->ledger, source->moment, ledger__header(source->ledger)->nofile_soft);
    stacks__open(source->stacks, source->ledger);
    for (size_t i = 0; i < growth->site_count; i++) {
        enum lw_class class = lw_class(growth->sites[i].kind);
        if (class != LW_CLASS_NONE && class != LW_CLASS_LOCK && class != LW_CLASS_OTHER)
            add_site(run, source, growth, i);
    }
    stacks__open(source->stacks, NULL);
    growth__free(growth);
}

/* ---- The run ----------------------------------------------------------------------------------------------------- */

struct run *run__of(const struct run_source *source)
{
    const struct lw_header *header = ledger__header(source->ledger);
    struct run *run = heap__zeroed(1, sizeof(*run));
    run->build = shown_own(source->pool, build__of(source->ledger, source->symbols));
    run->start_ticks = header->start_ticks;
    run->start = (int64_t)header->start_realtime;
    run->moment = real_time(source->ledger, source->moment);
    add_sites(run, source);
    return run;
}

static int by_number(const void *left, const void *right)
{
    const uint32_t *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

/* What a baseline or the store itself knows is there all the same; what is suppressed is not. */
static void add_findings(struct run *run, const struct report *report, uint32_t process)
{
    for (size_t i = 0; i < report->finding_count + report->suppressed_count; i++) {
        const struct finding *finding = &report->findings[i];
        const uint32_t *found =
            bsearch(&process, finding->processes, finding->process_count, sizeof process, by_number);
        if (found == NULL || (finding->rule != NULL && finding->known == 0))
            continue;
        run->findings = heap__room(run->findings, run->finding_count, &run->finding_room, sizeof(*run->findings));
        run->findings[run->finding_count++] =
            (struct run_finding){.fingerprint = finding->fingerprint,
                                 .kind = finding->kind->name,
                                 .level = finding->level,
                                 .count = finding->shares[found - finding->processes]};
    }
}

void run__complete(struct run *run, const struct report *report, uint32_t process, struct pool *pool)
{
    const struct process *told = &report->processes[process];
    run->program = shown_own(pool, baseline__program(told));
    run->host = shown(pool, told->host);
    run->executable = shown(pool, base_name(told->exe));
    run->path = shown(pool, told->exe);
    run->ledger = shown(pool, told->ledger);
    run->how = told->how;
    run->pid = told->pid;
    run->image = told->image;
    run->status = told->status;
    run->nofile_soft = told->nofile_soft;
    run->nofile_hard = told->nofile_hard;
    run->peak = told->peak_open;
    run->open = told->open_at_end;
    add_findings(run, report, process);
}

void run__free(struct run *run)
{
    if (run == NULL)
        return;
    free(run->sites);
    free(run->findings);
    free(run);
}

static void add_number(uint64_t *hash, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, number);
    hash__text(hash, text);
}

int64_t run__digest(const struct run *run)
{
    uint64_t hash = HASH_START;
    hash__text(&hash, run->how);
    add_number(&hash, run->open);
    add_number(&hash, run->peak);
    for (size_t i = 0; i < run->site_count; i++) {
        const struct run_site *site = &run->sites[i];
        hash__text(&hash, site->fingerprint);
        add_number(&hash, site->verdict);
        add_number(&hash, site->acquired);
        add_number(&hash, site->released);
        add_number(&hash, site->held);
    }
    for (size_t i = 0; i < run->finding_count; i++) {
        hash__text(&hash, run->findings[i].fingerprint);
        add_number(&hash, run->findings[i].count);
    }
    return (int64_t)hash;
}
