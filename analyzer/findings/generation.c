/* The newest of a place, which took over from those before it. */
#include "generation.h"

#include "ledger/read.h"
#include "ledger/slot.h"
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

/* One thread did all of it, so that its peak is exact. */
static bool is_by_one_thread(const struct ledger *ledger, const struct look *look, const struct lw_site_count *count)
{
    struct lw_site_count own;
    return ledger__thread_count(ledger, look->thread, look->site, &own) && own.acquired == count->acquired &&
           own.released == count->released && 2 * look->held <= count->peak && count->peak <= 3 * look->held;
}

struct heritage {
    const struct look *look;
    uint32_t firsts;
    bool newest_took_over, are_all_sound;
};

/* A thread gives back as many as it acquires: it acquires first, which its peak shows, and gives back those of another. */
static bool look_at_count(void *context, uint32_t thread, const struct lw_site_count *count)
{
    struct heritage *heritage = context;
    const uint64_t held = heritage->look->held;
    if (count->acquired == 0 && count->released == 0)
        return true;
    bool is_even = count->acquired == count->released;
    heritage->firsts += !is_even;
    heritage->newest_took_over = heritage->newest_took_over || (is_even && thread == heritage->look->thread);
    heritage->are_all_sound =
        (is_even || count->acquired == count->released + held) && count->peak >= held && count->peak <= 2 * held;
    return heritage->are_all_sound;
}

static bool is_by_successors(const struct ledger *ledger, const struct look *look)
{
    struct heritage heritage = {.look = look, .are_all_sound = true};
    ledger__site_counts(ledger, look->site, look_at_count, &heritage);
    return heritage.are_all_sound && heritage.firsts == 1 && heritage.newest_took_over;
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
    return look.is_settled && look.held > 0 && count.released + look.held == count.acquired && count.unseen == 0 &&
           look.oldest >= look.released && look.newest >= count.last_time &&
           (is_by_one_thread(ledger, &look, &count) || is_by_successors(ledger, &look));
}
