/* What the sites hold that take locks. */
#ifndef GROWTH_LOCKS_H
#define GROWTH_LOCKS_H

#include "growth.h"

/* Adds those that hold several to growth->sites, which has room for one of each number, behind all others. */
void growth_locks__read(struct growth *growth, const struct ledger *ledger);

#endif
