/* Where a process is heading. */
#include "growth.h"

#include <stdlib.h>

#include "base/heap.h"
#include "forecast.h"
#include "sites.h"

static void judge_all(struct growth *growth, growth_past *ask, void *past)
{
    for (size_t i = 0; i < growth->site_count; i++) {
        const struct growth_site *site = &growth->sites[i];
        struct growth_context context = {
            .start = growth->start, .now = growth->now, .limit = growth__limit(site->kind, growth->limit)};
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
    growth_sites__read(growth, ledger);
    growth->judgements = heap__zeroed(growth->site_count + 1, sizeof(struct growth_judgement));
    judge_all(growth, ask, past);
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
