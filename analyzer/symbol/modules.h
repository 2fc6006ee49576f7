/* The modules of a ledger: what they are called among those of all ledgers. */
#ifndef MODULES_H
#define MODULES_H

#include <stdint.h>

struct ledger;
struct symbols;

/* By their numbers in the ledger, as many as it has, to be freed; 0: it cannot be told. */
uint32_t *modules__of(struct symbols *symbols, const struct ledger *ledger);

#endif
