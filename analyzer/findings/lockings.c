/* What locks cost: no findings, but statistics, and the longest hold.
 *
 * DESIGN. A program writes down what is over. What its threads wait for at the end, or when it is looked at, and what others
 * have meanwhile that these wait for, stands on their boards, and is added with its time so far. */
#include <stdlib.h>

#include "base/heap.h"
#include "inquiry.h"
#include "ledger/boards.h"
#include "locks.h"
#include "tally/lock_costs.h"

/* By number of a site: its row. */
static const struct lw_locking **rows_of(const struct ledger *ledger, uint32_t sites)
{
    const struct lw_locking **rows = heap__zeroed(sites, sizeof(*rows));
    for (uint32_t i = 1; i < ledger__count(ledger, LW_LOCKINGS); i++) {
        const struct lw_locking *locking = ledger__locking(ledger, i);
        if (locking != NULL && locking->site < sites)
            rows[locking->site] = locking;
    }
    return rows;
}

static void add_site(struct inquiry *inquiry, uint32_t number, uint64_t taken, const struct lw_locking *locking)
{
    const struct lw_site *site = ledger__site(inquiry->ledger, number);
    bool is_used = taken > 0 || (locking != NULL && (locking->contended > 0 || locking->most > 0));
    if (site == NULL || !is_used || lw_class(site->kind) != LW_CLASS_LOCK)
        return;
    const struct lock_costs_key key = {.program = inquiry->command,
                                       .call = inquiry__name(inquiry, site->call),
                                       .stack = stacks__number(inquiry->stacks, site->stack),
                                       .kind = site->kind};
    lock_costs__add(inquiry->lock_costs, &key, taken, locking, ledger__clock_rate(inquiry->ledger));
}

/* ---- In progress ------------------------------------------------------------------------------------------------- */

static uint64_t ticks_so_far(const struct inquiry *inquiry, const struct lw_hold *hold)
{
    double age = inquiry__age(inquiry, ledger__time_of_ticks(inquiry->ledger, hold->since));
    double ticks = age > 0 ? age * ledger__clock_rate(inquiry->ledger) : 0;
    return ticks > 0 && ticks < 1e19 ? (uint64_t)ticks : 0;
}

/* Of a process that was read while it ran: this thread may have got it meanwhile. */
static bool stands(const struct inquiry *inquiry, const struct ledger_hold *hold)
{
    return !(ledger__is_running(inquiry->ledger) && ledger__board_moved(hold->board));
}

static bool is_awaited_by(const struct inquiry *inquiry, const struct locks *locks, const struct ledger_hold *held,
                          const struct ledger_hold *other)
{
    return locks__wait_of(locks, other->number) == other && stands(inquiry, other) &&
           locks__blocks(other->hold->kind, held->hold->kind, held->number == other->number);
}

static void add_wait(struct inquiry *inquiry, const struct ledger_hold *wait)
{
    uint64_t ticks = ticks_so_far(inquiry, wait->hold);
    struct lw_locking so_far = {.contended = 1, .waited = ticks, .longest_wait = ticks};
    so_far.waits[lw_power(ticks, LW_WAIT_SHIFT, LW_WAIT_CLASSES)] = 1;
    add_site(inquiry, wait->hold->site, 0, &so_far);
}

static void add_hold(struct inquiry *inquiry, const struct ledger_hold *held, uint32_t waiting)
{
    uint64_t ticks = ticks_so_far(inquiry, held->hold);
    struct lw_locking so_far = {.most = waiting, .longest_hold = ticks};
    so_far.holds[lw_power(ticks, LW_WAIT_SHIFT, LW_WAIT_CLASSES)] = 1;
    add_site(inquiry, held->hold->site, 0, &so_far);
}

/* A lock that is asked for when nobody is seen to have it is got at once, as a rule: that is no wait.
 *
 * All of one lock, from `first` of by_lock on; waits: by their places there. Gives where the next one begins. */
static size_t add_lock(struct inquiry *inquiry, const struct locks *locks, size_t first, bool *waits)
{
    size_t end = first;
    while (end < locks->count && locks->by_lock[end]->hold->lock == locks->by_lock[first]->hold->lock)
        end++;
    for (size_t i = first; i < end; i++) {
        uint32_t waiting = 0;
        for (size_t k = first; k < end && locks->by_lock[i]->hold->state == LW_HOLD_HELD; k++)
            if (is_awaited_by(inquiry, locks, locks->by_lock[i], locks->by_lock[k])) {
                waits[k] = true;
                waiting++;
            }
        if (waiting > 0)
            add_hold(inquiry, locks->by_lock[i], waiting);
    }
    for (size_t i = first; i < end; i++)
        if (waits[i])
            add_wait(inquiry, locks->by_lock[i]);
    return end;
}

static void add_in_progress(struct inquiry *inquiry)
{
    struct locks locks = locks__read(inquiry);
    bool *waits = heap__zeroed(locks.count + 1, sizeof(*waits));
    for (size_t first = 0; first < locks.count;)
        first = add_lock(inquiry, &locks, first, waits);
    free(waits);
    locks__free(&locks);
}

void lockings__look(struct inquiry *inquiry)
{
    uint32_t sites = ledger__count(inquiry->ledger, LW_SITES);
    if (ledger__count(inquiry->ledger, LW_BOARDS) <= 1)
        return;
    uint64_t *taken = heap__zeroed(sites, sizeof(*taken));
    const struct lw_locking **rows = rows_of(inquiry->ledger, sites);
    ledger__locks_taken(inquiry->ledger, taken);
    for (uint32_t i = 1; i < sites; i++)
        add_site(inquiry, i, taken[i], rows[i]);
    add_in_progress(inquiry);
    free(rows);
    free(taken);
}
