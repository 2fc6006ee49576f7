/* What a process still held when it ended as it wished. */
#include "held.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "generation.h"
#include "lasting.h"
#include "ledger/slot.h"
#include "site_places.h"
#include "slots.h"

enum {
    CHILDREN_PILE_UP = 8,
    RECEIVED_ARE_MANY = 5, /* a fifth of the limit */
    QUICK_LIFETIMES = 4    /* below 2^25 ns, 34 ms */
};

struct held_site {
    uint32_t held;
    uint32_t here;                     /* of the first site of its place: at all of them */
    bool is_awaited;                   /* likewise: others were waited for, by calls that wait until they end */
    bool was_asked, are_lasting;       /* see lasting.h */
    bool was_asked_newest, are_newest; /* see generation.h */
};

struct held {
    const struct ledger *ledger;
    struct held_site *sites;
    struct site_places *places;
    uint32_t site_count;
    struct lw_slot child; /* the last one that carries on; its state is LW_EMPTY where there is none */
    bool carried_on;      /* the parent did, too: it acquired something after that, and held it at the end */
};

/* Times are as coarse as the kernel's tick; within one the numbers of sites tell who came first. */
static bool is_before(const struct lw_slot *slot, const struct lw_slot *child)
{
    if (slot->acquired_time != child->acquired_time)
        return slot->acquired_time < child->acquired_time;
    return slot->site <= child->site;
}

static bool count_slot(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    struct held *held = context;
    (void)is_handle, (void)index;
    if (!slot__is_own(slot) || slot->site >= held->site_count)
        return true;
    held->sites[slot->site].held++;
    held->sites[site_places__of(held->places, slot->site)].here++;
    if (slot->flags & LW_CARRIES_ON && (slot_state(&held->child) == LW_EMPTY || is_before(&held->child, slot)))
        held->child = *slot;
    return true;
}

static bool look_for_later(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    struct held *held = context;
    (void)is_handle, (void)index;
    if (slot__is_own(slot) && slot->kind != LW_CHILD && !is_before(slot, &held->child))
        held->carried_on = true;
    return !held->carried_on;
}

static void look_at_releases(struct held *held)
{
    for (uint32_t i = 1; i < ledger__count(held->ledger, LW_RELEASES); i++) {
        const struct lw_release *release = ledger__release(held->ledger, i);
        if (release != NULL && release->site < held->site_count && !(release->flags & LW_RELEASED_POLLED))
            held->sites[site_places__of(held->places, release->site)].is_awaited = true;
    }
}

struct held *held__new(const struct ledger *ledger, struct stacks *stacks)
{
    struct held *held = heap__zeroed(1, sizeof(*held));
    held->ledger = ledger;
    held->site_count = ledger__count(ledger, LW_SITES);
    held->sites = heap__zeroed(held->site_count, sizeof(*held->sites));
    held->places = site_places__new(ledger, stacks);
    ledger__slots(ledger, count_slot, held);
    if (slot_state(&held->child) != LW_EMPTY)
        ledger__slots(ledger, look_for_later, held);
    look_at_releases(held);
    return held;
}

void held__free(struct held *held)
{
    if (held == NULL)
        return;
    site_places__free(held->places);
    free(held->sites);
    free(held);
}

static uint64_t acquired_at_once(uint32_t kind)
{
    return kind == LW_FD_PIPE || kind == LW_FD_SOCKETPAIR || kind == LW_FD_PTY ? 2 : 1;
}

/* Of one pair it may have given back the other end; of two duplicates or received ends, one of two acquisitions. */
static bool gives_pairs(const struct held *held, uint32_t number)
{
    static const char *const calls[] = {"pipe", "pipe2", "socketpair", "openpty"};
    const struct lw_site *site = ledger__site(held->ledger, number);
    const char *call = site ? ledger__name(held->ledger, site->call) : "";
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(call, calls[i]) == 0)
            return true;
    return false;
}

static bool gave_back(const struct held *held, uint32_t site)
{
    const struct lw_site_count count = ledger__site_count(held->ledger, site);
    return count.released + count.unseen > 0;
}

static bool are_lasting(const struct held *held, uint32_t number)
{
    struct held_site *site = &held->sites[number];
    if (!site->was_asked)
        site->are_lasting = lasting__are_all(held->ledger, number);
    site->was_asked = true;
    return site->are_lasting;
}

/* What pidfd_getfd fetches, nobody sent. */
static bool was_sent(const struct held *held, const struct lw_slot *slot)
{
    const struct lw_site *site = ledger__site(held->ledger, slot->site);
    const char *call = site ? ledger__name(held->ledger, site->call) : "";
    return slot->flags & LW_RECEIVED && strncmp(call, "recv", strlen("recv")) == 0;
}

/* All had come before one was given back, and none was given back at once: the sender said when. */
static bool was_told_to(const struct lw_site_count *count)
{
    uint64_t quick = count->unseen;
    for (unsigned i = 0; i < QUICK_LIFETIMES; i++)
        quick += count->lifetimes[i];
    return quick == 0 && count->peak == count->acquired;
}

bool held__is_sent(const struct held *held, const struct lw_slot *slot)
{
    if (slot->site == 0 || slot->site >= held->site_count || slot_state(slot) != LW_HELD || !was_sent(held, slot))
        return false;
    const struct lw_site_count count = ledger__site_count(held->ledger, slot->site);
    uint64_t kept = held->sites[slot->site].held, limit = ledger__header(held->ledger)->nofile_soft;
    return count.acquired == kept + count.released && was_told_to(&count) && kept < limit / RECEIVED_ARE_MANY;
}

bool held__is_newest(const struct held *held, const struct lw_slot *slot)
{
    if (slot->site == 0 || slot->site >= held->site_count || slot_state(slot) != LW_HELD || slot->error != 0)
        return false;
    struct held_site *site = &held->sites[slot->site];
    if (!site->was_asked_newest)
        site->are_newest = generation__is_last(held->ledger, slot->site);
    site->was_asked_newest = true;
    return site->are_newest;
}

bool held__is_to_end(const struct held *held, const struct lw_slot *slot)
{
    if (slot->site == 0 || slot->site >= held->site_count || slot_state(slot) != LW_HELD || slot->error != 0)
        return false;
    uint64_t once = acquired_at_once(slot->kind), count = held->sites[slot->site].held;
    uint64_t acquired = ledger__site_count(held->ledger, slot->site).acquired;
    if (held__is_sent(held, slot))
        return true;
    if (gave_back(held, slot->site))
        return (acquired == once && gives_pairs(held, slot->site)) || held__is_newest(held, slot);
    return (count <= once && acquired <= once) || (acquired == count && are_lasting(held, slot->site));
}

bool held__is_taken_over(const struct held *held, const struct lw_slot *slot)
{
    if (slot_state(&held->child) == LW_EMPTY || held->carried_on || slot->kind == LW_CHILD)
        return false;
    return slot->site < held->site_count && is_before(slot, &held->child) && !gave_back(held, slot->site);
}

bool held__is_child_missed(const struct held *held, const struct lw_slot *slot)
{
    if (slot->site >= held->site_count)
        return false;
    const struct held_site *site = &held->sites[site_places__of(held->places, slot->site)];
    return site->is_awaited || site->here >= CHILDREN_PILE_UP;
}

bool held__is_served(const struct held *held, const struct lw_slot *slot)
{
    const struct lw_site *site = slot->site < held->site_count ? ledger__site(held->ledger, slot->site) : NULL;
    const char *call = site ? ledger__name(held->ledger, site->call) : "";
    return strncmp(call, "accept", strlen("accept")) == 0 && held->sites[slot->site].held == 1 &&
           slot->acquired_time >= ledger__site_count(held->ledger, slot->site).last_time;
}
