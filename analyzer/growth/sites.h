/* What the sites of a ledger have taken, and hold. */
#ifndef GROWTH_SITES_H
#define GROWTH_SITES_H

#include "growth.h"

/* Fills in the sites that took something, by number, and how many descriptors are open. */
void growth_sites__read(struct growth *growth, const struct ledger *ledger);
void growth_sites__clear(struct growth *growth);

#endif
