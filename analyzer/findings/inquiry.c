/* One ledger being looked at. */
#include "inquiry.h"

#include <string.h>

#include "base/pool.h"
#include "rule/suppressions.h"
#include "tally/scope_path.h"
#include "tally/steady.h"
#include "thread_names.h"

#define NANOSECONDS 1e9

const char *inquiry__name(const struct inquiry *inquiry, uint32_t name)
{
    const char *text = ledger__name(inquiry->ledger, name);
    return text[0] != '\0' ? pool__text(inquiry->pool, text) : NULL;
}

const char *inquiry__scope(const struct inquiry *inquiry, uint32_t scope)
{
    return scope_path__of(inquiry->ledger, inquiry->stacks, inquiry->pool, scope);
}

double inquiry__age(const struct inquiry *inquiry, uint64_t time)
{
    if (time == 0 || time > inquiry->life.end)
        return time == 0 ? -1 : 0;
    return (double)(inquiry->life.end - time) / NANOSECONDS;
}

static void add_name(struct tally *tally, const char *thread)
{
    const struct tally_item item = {
        .as = FACT_BY_THREADS, .text = thread, .resource = tally->resource_kind, .count = 1};
    bool is_told = thread != NULL && tally->item_count < THREADS_TOLD;
    for (size_t i = 0; i < tally->item_count && thread != NULL && !is_told; i++)
        is_told = tally->items[i].as == FACT_BY_THREADS && tally->items[i].text == thread;
    if (is_told)
        tally__add_item(tally, &item);
}

static void add_thread(const struct inquiry *inquiry, struct tally *tally, const struct sighting *sighting)
{
    const char *name = thread_names__of(inquiry->thread_names, sighting->thread);
    bool is_main = sighting->thread == inquiry->pids[0];
    const char *routine = is_main ? NULL : stack__routine(stacks__get(inquiry->stacks, tally_key__place(&tally->key)));
    const struct lw_site *starter =
        is_main ? NULL
                : ledger__site(inquiry->ledger, thread_names__starter(inquiry->thread_names, sighting->thread,
                                                                      inquiry->stacks, routine));
    const struct crew_member member = {.process = sighting->process,
                                       .thread = sighting->thread,
                                       .is_main = is_main,
                                       .started = starter ? stacks__number(inquiry->stacks, starter->stack) : 0,
                                       .name = name,
                                       .count = 1}; /* of several, the last one's is known */
    if (sighting->thread == 0)
        return;
    crew__add(&tally->crew, &member);
    add_name(tally, name);
}

void inquiry__illustrate(const struct inquiry *inquiry, struct tally *tally, const struct sighting *sighting)
{
    struct sighting shown = *sighting;
    char text[STEADY_TEXT];
    if (inquiry->steady && sighting->detail != NULL) {
        steady__write(text, sighting->detail,
                      &(struct steady_context){.call = tally->key.call,
                                               .kind = tally->resource_kind,
                                               .pids = {inquiry->pids[0], inquiry->pids[1]}});
        shown.detail = text;
    }
    tally__illustrate(tally, &shown, inquiry->steady);
    add_thread(inquiry, tally, sighting);
}

struct tally *inquiry__add(struct inquiry *inquiry, struct tally_key *key, uint32_t resource_kind,
                           const struct sighting *sighting)
{
    if (inquiry->suppressions != NULL && sighting->detail != NULL)
        key->rule = suppressions__find_detail(inquiry->suppressions, key->kind, sighting->detail);
    struct tally *tally = tallies__get(inquiry->tallies, key, resource_kind);
    tally__add(tally, sighting);
    inquiry__illustrate(inquiry, tally, sighting);
    return tally;
}

static uint32_t family_of(struct inquiry *inquiry, const struct lw_site *site)
{
    return siblings__family(stacks__number(inquiry->stacks, site->stack), site->kind);
}

void siblings__look(struct inquiry *inquiry)
{
    for (uint32_t i = 1; i < ledger__count(inquiry->ledger, LW_SITES); i++) {
        const struct lw_site *site = ledger__site(inquiry->ledger, i);
        if (site == NULL || site->stack == 0)
            continue;
        uint64_t acquired = ledger__site_count(inquiry->ledger, i).acquired;
        siblings__acquired(inquiry->siblings, family_of(inquiry, site), inquiry__name(inquiry, site->call),
                           inquiry__scope(inquiry, site->scope), acquired);
    }
    for (uint32_t i = 1; i < ledger__count(inquiry->ledger, LW_RELEASES); i++) {
        const struct lw_release *release = ledger__release(inquiry->ledger, i);
        const struct lw_site *site = release ? ledger__site(inquiry->ledger, release->site) : NULL;
        uint64_t count = site ? ledger__release_count(inquiry->ledger, i) : 0;
        if (count > 0 && site->stack != 0)
            siblings__released(inquiry->siblings, family_of(inquiry, site),
                               stacks__number(inquiry->stacks, release->stack), inquiry__name(inquiry, release->call),
                               count);
    }
}
