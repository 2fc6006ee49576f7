/* What locks cost: no findings, but statistics, and the longest hold. */
#include <stdlib.h>

#include "base/heap.h"
#include "inquiry.h"
#include "ledger/boards.h"
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
    bool is_used = taken > 0 || (locking != NULL && locking->contended > 0);
    if (site == NULL || !is_used || lw_class(site->kind) != LW_CLASS_LOCK)
        return;
    const struct lock_costs_key key = {.program = inquiry->command,
                                       .call = inquiry__name(inquiry, site->call),
                                       .stack = stacks__number(inquiry->stacks, site->stack),
                                       .kind = site->kind};
    lock_costs__add(inquiry->lock_costs, &key, taken, locking, ledger__clock_rate(inquiry->ledger));
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
    free(rows);
    free(taken);
}
