/* What the sites of a ledger have taken, and hold.
 *
 * DESIGN. What counts as held is what the program is to give back: a stream counts, not the descriptor below it; what was
 * inherited, or is held on purpose, does not. Threads count as long as they run or are to be joined: both pile up. Of locks
 * those count that are held, at the sites that took them, besides those that exist. */
#include "sites.h"

#include <stdlib.h>

#include "base/heap.h"
#include "base/numbers.h"
#include "locks.h"

struct reading {
    struct growth *growth;
    size_t *place; /* by number of a site: 1 + its place in growth->sites; 0: it took nothing */
    uint32_t numbers;
};

static bool counts(const struct lw_slot *slot)
{
    if (!lw_is_held(slot->word) || slot->flags & (LW_UNTRACKED | LW_EXPECTED))
        return false;
    return slot->kind == LW_THREAD ? !(slot->flags & LW_INHERITED) : lw_is_due(slot);
}

static bool has_descriptor(const struct lw_slot *slot)
{
    switch (lw_class(slot->kind)) {
    case LW_CLASS_FD:
        return true;
    case LW_CLASS_STREAM:
    case LW_CLASS_DIR:
        return slot->number >= 0;
    default:
        return false;
    }
}

static struct growth_site *site_of(const struct reading *reading, const struct lw_slot *slot)
{
    size_t place = slot->site < reading->numbers ? reading->place[slot->site] : 0;
    return place > 0 ? &reading->growth->sites[place - 1] : NULL;
}

static bool count_slot(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    struct reading *reading = context;
    struct growth_site *site = site_of(reading, slot);
    (void)index;
    reading->growth->open += !is_handle && lw_is_held(slot->word);
    if (site != NULL && counts(slot)) {
        site->held++;
        site->descriptors += has_descriptor(slot);
        site->ended += slot->kind == LW_THREAD && (slot->flags & (LW_OVER | LW_DETACHED)) == LW_OVER;
    }
    return true;
}

static bool note_birth(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    const struct reading *reading = context;
    struct growth_site *site = site_of(reading, slot);
    (void)is_handle, (void)index;
    if (site != NULL && counts(slot))
        site->births[site->held++] = slot->acquired_time;
    return true;
}

static void add_site(struct reading *reading, const struct ledger *ledger, uint32_t number)
{
    const struct lw_site *site = ledger__site(ledger, number);
    if (site == NULL)
        return;
    struct lw_site_count count = ledger__site_count(ledger, number);
    if (count.acquired == 0)
        return;
    struct growth *growth = reading->growth;
    struct growth_site *own = &growth->sites[growth->site_count++];
    *own = (struct growth_site){.number = number,
                                .kind = site->kind,
                                .first = site->first_time > growth->start ? site->first_time : growth->start,
                                .last = count.last_time,
                                .acquired = count.acquired};
    for (unsigned i = 0; i < LW_LIFETIMES; i++) {
        own->lifetimes[i] = count.lifetimes[i];
        own->released += count.lifetimes[i];
    }
    reading->place[number] = growth->site_count;
}

/* Those that hold something get room for their births, which is filled by a second walk. */
static void read_births(struct reading *reading, const struct ledger *ledger)
{
    struct growth *growth = reading->growth;
    ledger__slots(ledger, count_slot, reading);
    for (size_t i = 0; i < growth->site_count; i++) {
        growth->sites[i].births = heap__zeroed(growth->sites[i].held + 1, sizeof(uint64_t));
        growth->sites[i].held = 0;
    }
    ledger__slots(ledger, note_birth, reading);
    for (size_t i = 0; i < growth->site_count; i++)
        numbers__sort(growth->sites[i].births, growth->sites[i].held);
}

void growth_sites__read(struct growth *growth, const struct ledger *ledger)
{
    struct reading reading = {.growth = growth, .numbers = ledger__count(ledger, LW_SITES)};
    reading.place = heap__zeroed(reading.numbers + 1, sizeof(size_t));
    growth->sites = heap__zeroed(reading.numbers + 1, sizeof(struct growth_site));
    for (uint32_t i = 1; i < reading.numbers; i++)
        add_site(&reading, ledger, i);
    read_births(&reading, ledger);
    growth_locks__read(growth, ledger);
    free(reading.place);
}

void growth_sites__clear(struct growth *growth)
{
    for (size_t i = 0; i < growth->site_count; i++)
        free(growth->sites[i].births);
    free(growth->sites);
}
