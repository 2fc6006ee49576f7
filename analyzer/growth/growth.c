/* Where a process is heading. */
#include "growth.h"

#include <errno.h>
#include <stdlib.h>

#include "base/heap.h"
#include "forecast.h"
#include "sites.h"

#define FULL 0.98

/* A table that is full takes nothing more: what can be judged is how it came to that. */
static uint64_t time_to_judge(const struct growth *growth, const struct ledger *ledger)
{
    const struct lw_exhaustion *exhaustion = ledger__exhaustion(ledger);
    bool is_full = growth->limit > 0 && (double)growth->open >= FULL * (double)growth->limit;
    bool was_hit = exhaustion != NULL && exhaustion->error == EMFILE && exhaustion->time > growth->start;
    return is_full && was_hit && exhaustion->time < growth->now ? exhaustion->time : growth->now;
}

/* Of how many descriptors that came to the site lately others made room: who takes over from another adds nothing. */
static double replaced_by(const struct growth *growth, const struct growth_site *site, const struct lw_samples *samples)
{
    size_t middle = site->held / 2, came = site->held - middle, before = 0;
    if (samples == NULL || site->descriptors == 0)
        return 0;
    while (before < samples->count && samples->sample[before].time <= site->births[middle])
        before++;
    if (before == 0)
        return 0;
    double risen = (double)growth->open - (double)samples->sample[before - 1].open;
    return risen < (double)came ? 1 - risen / (double)came : 0;
}

static void judge_all(struct growth *growth, const struct ledger *ledger, growth_past *ask, void *past)
{
    uint64_t time = time_to_judge(growth, ledger);
    for (size_t i = 0; i < growth->site_count; i++) {
        const struct growth_site *site = &growth->sites[i];
        struct growth_context context = {.now = time,
                                         .limit = growth__limit(site->kind, growth->limit),
                                         .replaced = replaced_by(growth, site, ledger__samples(ledger))};
        if (ask != NULL)
            ask(past, site, &context);
        growth->judgements[i] = growth__judge(site, &context);
    }
}

static uint64_t held_of(const struct growth *growth, enum lw_class class_)
{
    uint64_t held = 0;
    for (size_t i = 0; i < growth->site_count; i++)
        held += lw_class(growth->sites[i].kind) == class_ ? growth->sites[i].held : 0;
    return held;
}

static struct growth_forecast forecast_of_kind(const struct growth *growth, uint32_t kind)
{
    const struct forecast_table table = {
        .class_ = lw_class(kind), .limit = growth__limit(kind, growth->limit), .held = held_of(growth, lw_class(kind))};
    return forecast__of(growth, &table);
}

static void foretell(struct growth *growth, const struct ledger *ledger)
{
    const struct forecast_table descriptors = {
        .class_ = LW_CLASS_FD, .limit = growth->limit, .held = growth->open, .samples = ledger__samples(ledger)};
    growth->forecast = forecast__of(growth, &descriptors);
    growth->threads = forecast_of_kind(growth, LW_THREAD);
    growth->children = forecast_of_kind(growth, LW_CHILD);
}

struct growth *growth__of_known(const struct ledger *ledger, uint64_t now, uint64_t limit, growth_past *ask, void *past)
{
    struct growth *growth = heap__zeroed(1, sizeof(*growth));
    growth->start = ledger__header(ledger)->start_time;
    growth->now = now > growth->start ? now : growth->start;
    growth->limit = growth__limit(LW_FD_OTHER, limit);
    growth->lost = ledger__header(ledger)->lost;
    growth_sites__read(growth, ledger);
    growth->judgements = heap__zeroed(growth->site_count + 1, sizeof(struct growth_judgement));
    judge_all(growth, ledger, ask, past);
    foretell(growth, ledger);
    return growth;
}

struct growth *growth__of(const struct ledger *ledger, uint64_t now, uint64_t limit)
{
    return growth__of_known(ledger, now, limit, NULL, NULL);
}

void growth__free(struct growth *growth)
{
    if (growth == NULL)
        return;
    growth_sites__clear(growth);
    free(growth->judgements);
    free(growth);
}

const struct growth_judgement *growth__judgement(const struct growth *growth, uint32_t site)
{
    size_t low = 0, high = growth->site_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (growth->sites[middle].number < site)
            low = middle + 1;
        else
            high = middle;
    }
    return low < growth->site_count && growth->sites[low].number == site ? &growth->judgements[low] : NULL;
}
