/* Which slots name which site. */
#include "site_slots.h"

#include <stdlib.h>

#include "base/heap.h"
#include "private.h"

struct place {
    const struct lw_slot *slot;
    uint32_t index;
    bool is_handle;
};

struct site_slots {
    bool is_sorted;
    uint32_t sites;
    uint32_t *ends; /* in `places`, of each site; where one ends the next one begins */
    struct place *places;
};

struct site_slots *site_slots__new(void)
{
    return heap__zeroed(1, sizeof(struct site_slots));
}

void site_slots__free(struct site_slots *by_site)
{
    if (by_site == NULL)
        return;
    free(by_site->ends);
    free(by_site->places);
    free(by_site);
}

static bool count(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    struct site_slots *by_site = context;
    (void)is_handle, (void)index;
    if (slot->site < by_site->sites)
        by_site->ends[slot->site]++;
    return true;
}

/* ends[site] is where its next one goes, until all have gone there. */
static bool put(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    struct site_slots *by_site = context;
    if (slot->site < by_site->sites)
        by_site->places[by_site->ends[slot->site]++] = (struct place){slot, index, is_handle};
    return true;
}

static void sort(const struct ledger *ledger, struct site_slots *by_site)
{
    uint32_t total = 0;
    by_site->is_sorted = true;
    by_site->sites = ledger__count(ledger, LW_SITES);
    by_site->ends = heap__zeroed(by_site->sites, sizeof(*by_site->ends));
    ledger__slots(ledger, count, by_site);
    for (uint32_t site = 0; site < by_site->sites; site++) {
        uint32_t own = by_site->ends[site];
        by_site->ends[site] = total;
        total += own;
    }
    by_site->places = heap__zeroed(total, sizeof(*by_site->places));
    ledger__slots(ledger, put, by_site);
}

void ledger__slots_of(const struct ledger *ledger, uint32_t site, ledger_visit *visit, void *context)
{
    struct site_slots *by_site = ledger->by_site;
    if (!by_site->is_sorted)
        sort(ledger, by_site);
    if (site >= by_site->sites)
        return;
    for (uint32_t i = site > 0 ? by_site->ends[site - 1] : 0; i < by_site->ends[site]; i++) {
        const struct place *place = &by_site->places[i];
        if (!visit(context, place->slot, place->is_handle, place->index))
            return;
    }
}
