/* What a process held only since its end came between the acquisition and the release. */
#include "in_flight.h"

#include <stdlib.h>

#include "base/table.h"
#include "ledger/slot.h"
#include "short_lives.h"
#include "slots.h"

enum { RELEASED_BY_EACH = 20, RELEASED_BEFORE_KILL = 10, SLOTS_AT_ONCE = 2 };

#define MOMENT 250000000ULL /* ns: how long a thread may wait for its turn on a busy machine */

struct place {
    bool was_asked, is_habit, is_short;
    uint64_t oldest; /* what was acquired before that was held for too long */
    uint32_t held, excused;
};

struct excuse_key {
    uint32_t site, thread;
};

struct excuse {
    struct excuse_key key;
    uint64_t slots[SLOTS_AT_ONCE];
    uint32_t count;
    UT_hash_handle hh;
};

struct in_flight {
    const struct ledger *ledger;
    struct life life;
    bool had_chance;
    uint32_t site_count;
    struct place *places;
    struct excuse *excuses;
};

static uint64_t number_of(bool is_handle, uint32_t index)
{
    return (uint64_t)is_handle << 32 | index;
}

/* The time that 99 of 100 of what the site has given back was held at most; UINT64_MAX: nothing tells. */
static uint64_t usual_lifetime(const struct lw_site_count *count)
{
    uint64_t released = 0, shorter = 0;
    for (unsigned i = 0; i < LW_LIFETIMES; i++)
        released += count->lifetimes[i];
    for (unsigned i = 0; i < LW_LIFETIMES && released > 0; i++) {
        shorter += count->lifetimes[i];
        if (shorter * 100 >= released * 99)
            return i + 1 < LW_LIFETIMES ? 1ULL << (LW_LIFETIME_SHIFT + i) : UINT64_MAX;
    }
    return UINT64_MAX;
}

static struct place *place_of(const struct in_flight *in_flight, uint32_t number)
{
    struct place *place = &in_flight->places[number];
    const struct lw_site *site = ledger__site(in_flight->ledger, number);
    if (place->was_asked || site == NULL)
        return place;
    const struct lw_site_count count = ledger__site_count(in_flight->ledger, number);
    uint64_t end = in_flight->life.end, usual = usual_lifetime(&count);
    place->was_asked = true;
    place->is_short = end < site->first_time + SHORT_LIFE;
    uint64_t by_each = count.released / (in_flight->had_chance ? RELEASED_BY_EACH : RELEASED_BEFORE_KILL);
    place->is_habit = by_each > 0 && by_each >= ledger__site_threads(in_flight->ledger, number);
    if (end > MOMENT && usual < (end - MOMENT) / 2)
        place->oldest = end - MOMENT - 2 * usual;
    return place;
}

/* Another thread than the one that ended the process, which then still ran. */
static bool may_have_run(const struct in_flight *in_flight, const struct place *place, uint32_t thread)
{
    if (!in_flight->had_chance)
        return true;
    enum lw_fate fate = ledger__thread_fate(in_flight->ledger, thread);
    if (fate == LW_FATE_UNKNOWN)
        return !place->is_short && thread != ledger__header(in_flight->ledger)->pid;
    return fate == LW_FATE_RAN;
}

static bool is_excused(const struct in_flight *in_flight, const struct place *place, const struct lw_slot *slot)
{
    if (!place->is_habit || slot->acquired_time < place->oldest || !may_have_run(in_flight, place, slot->thread))
        return false;
    struct lw_site_count own;
    return ledger__thread_count(in_flight->ledger, slot->thread, slot->site, &own) &&
           slot->acquired_time >= own.last_time;
}

static uint32_t acquired_at_once(uint32_t kind)
{
    return kind == LW_FD_PIPE || kind == LW_FD_SOCKETPAIR || kind == LW_FD_PTY ? SLOTS_AT_ONCE : 1;
}

static struct excuse *excuse_of(const struct in_flight *in_flight, const struct lw_slot *slot)
{
    const struct excuse_key key = {.site = slot->site, .thread = slot->thread};
    struct excuse *excuse;
    HASH_FIND(hh, in_flight->excuses, &key, sizeof(key), excuse);
    return excuse;
}

static bool look_at_slot(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    struct in_flight *in_flight = context;
    bool is_held = slot__is_own(slot) && slot_state(slot) == LW_HELD && !(slot->flags & LW_EXPECTED);
    if (!is_held || slot->site == 0 || slot->site >= in_flight->site_count)
        return true;
    struct place *place = place_of(in_flight, slot->site);
    place->held++;
    if (!is_excused(in_flight, place, slot))
        return true;
    struct excuse *excuse = excuse_of(in_flight, slot);
    if (excuse == NULL) {
        excuse = heap__zeroed(1, sizeof(*excuse));
        excuse->key = (struct excuse_key){.site = slot->site, .thread = slot->thread};
        HASH_ADD(hh, in_flight->excuses, key, sizeof(excuse->key), excuse);
    }
    if (excuse->count < acquired_at_once(slot->kind)) {
        excuse->slots[excuse->count++] = number_of(is_handle, index);
        place->excused++;
    }
    return true;
}

struct in_flight *in_flight__new(const struct ledger *ledger, const struct life *life, bool had_chance)
{
    struct in_flight *in_flight = heap__zeroed(1, sizeof(*in_flight));
    *in_flight = (struct in_flight){.ledger = ledger, .life = *life, .had_chance = had_chance};
    in_flight->site_count = ledger__count(ledger, LW_SITES);
    in_flight->places = heap__zeroed(in_flight->site_count, sizeof(struct place));
    ledger__slots(ledger, look_at_slot, in_flight);
    return in_flight;
}

void in_flight__free(struct in_flight *in_flight)
{
    if (in_flight == NULL)
        return;
    struct excuse *excuse, *next;
    HASH_ITER(hh, in_flight->excuses, excuse, next) {
        HASH_DEL(in_flight->excuses, excuse);
        free(excuse);
    }
    free(in_flight->places);
    free(in_flight);
}

bool in_flight__has(const struct in_flight *in_flight, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    if (slot_state(slot) == LW_RELEASING)
        return true;
    if (slot->site == 0 || slot->site >= in_flight->site_count)
        return false;
    const struct place *place = &in_flight->places[slot->site];
    const struct excuse *excuse = place->excused > 0 ? excuse_of(in_flight, slot) : NULL;
    bool do_times_tell = !place->is_short || ledger__thread_fate(in_flight->ledger, slot->thread) != LW_FATE_UNKNOWN;
    if (excuse == NULL || (!do_times_tell && place->excused < place->held))
        return false;
    for (uint32_t i = 0; i < excuse->count; i++)
        if (excuse->slots[i] == number_of(is_handle, index))
            return true;
    return false;
}
