/* What taking locks cost, place by place, over all ledgers. */
#ifndef LOCK_COSTS_H
#define LOCK_COSTS_H

#include "ledger/read.h"
#include "model/finding.h"

struct lock_costs;
struct stacks;

struct lock_costs *lock_costs__new(void);
void lock_costs__free(struct lock_costs *costs);

/* Who took what: equal ones are one. The texts are of the pool. */
struct lock_costs_key {
    const char *program, *call;
    uint32_t stack; /* its number in all ledgers */
    uint32_t kind;  /* enum lw_kind */
};
/* What one ledger counted: of `locking` all but its `taken`. rate: ticks of its clock in a second, 0: not known. */
void lock_costs__add(struct lock_costs *costs, const struct lock_costs_key *key, uint64_t taken,
                     const struct lw_locking *locking, double rate);

/* To be called when all ledgers have been added; what they return lives as long as the costs. What was waited for, or held, longest first, or
 * where the order must not depend on times: most taken first. */
const struct lock_cost *lock_costs__list(struct lock_costs *costs, struct stacks *stacks, bool by_taken, size_t *count);
/* The longest hold that others waited for, if that was long; NULL: there was none. */
const struct lock_cost *lock_costs__longest(struct lock_costs *costs, struct stacks *stacks);

#endif
