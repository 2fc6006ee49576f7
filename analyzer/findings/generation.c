/* The newest of a place, which took over from those before it. */
#include "generation.h"

#include "../ledger_read.h"
#include "slots.h"

enum { FEW = 8 };

#define TICK 4000000ULL /* ns */

struct look {
    uint32_t site, thread;
    uint64_t held;
    uint64_t oldest, newest; /* of what is held */
    uint64_t released;       /* the newest of what was given back, as far as slots still tell */
    bool is_settled;
};

static bool look_at_slot(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    struct look *look = context;
    (void)is_handle, (void)index;
    if (slot->site != look->site)
        return true;
    if (slot_state(slot) == LW_FREE && slot->acquired_time > look->released)
        look->released = slot->acquired_time;
    if (!slot__is_own(slot))
        return true;
    look->is_settled = look->is_settled && slot_state(slot) == LW_HELD && slot->kind != LW_CHILD;
    look->held++;
    look->thread = slot->thread;
    look->oldest = slot->acquired_time < look->oldest ? slot->acquired_time : look->oldest;
    look->newest = slot->acquired_time > look->newest ? slot->acquired_time : look->newest;
    return true;
}

static bool is_by_one_thread(const struct ledger *ledger, const struct look *look, const struct lw_site_count *count)
{
    struct lw_site_count own;
    return ledger__thread_count(ledger, look->thread, look->site, &own) && own.acquired == count->acquired &&
           own.released == count->released && count->unseen == 0;
}

static bool is_seldom(const struct lw_site *site, const struct lw_site_count *count)
{
    uint64_t lived = count->last_time > site->first_time ? count->last_time - site->first_time : 0;
    return count->acquired <= FEW + lived / TICK;
}

bool generation__is_last(const struct ledger *ledger, uint32_t number)
{
    const struct lw_site *site = ledger__site(ledger, number);
    const struct lw_site_count count = ledger__site_count(ledger, number);
    struct look look = {.site = number, .oldest = UINT64_MAX, .is_settled = true};
    if (site == NULL || site->scope != 0 || count.released == 0 || !is_seldom(site, &count))
        return false;
    ledger__slots_of(ledger, number, look_at_slot, &look);
    return look.is_settled && look.held > 0 && count.released + look.held == count.acquired &&
           2 * look.held <= count.peak && count.peak <= 3 * look.held && look.oldest >= look.released &&
           look.newest >= count.last_time && is_by_one_thread(ledger, &look, &count);
}
