/* Walks everything that a ledger holds, as all the reports together would, and looks at every byte that it is given:
 * whatever leads out of bounds shows under a sanitizer, whatever loops shows as a hang. What the reader promises even
 * for hostile files is asserted. */
#ifndef LEDGER_WALK_H
#define LEDGER_WALK_H

#include "ledger/read.h"

/* A sum over everything seen, so that no look can be optimised away. */
uint64_t ledger_walk(const struct ledger *ledger);

/* The snapshot, made of bytes in memory; -1 with the line in `error`. */
int ledger_of_bytes(struct ledger **ledger, const void *bytes, size_t size, struct ledger_error *error);

#endif
