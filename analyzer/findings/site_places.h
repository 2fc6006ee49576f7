/* Sites of one ledger that are one place in the program's source: an interpreter gets from line to line in several ways. */
#ifndef SITE_PLACES_H
#define SITE_PLACES_H

#include <stdint.h>

struct ledger;
struct stacks;
struct site_places;

/* Of the ledger that is open in the stacks. */
struct site_places *site_places__new(const struct ledger *ledger, struct stacks *stacks);
void site_places__free(struct site_places *places);

/* The first site of its place: mostly the site itself. */
uint32_t site_places__of(const struct site_places *places, uint32_t site);

#endif
