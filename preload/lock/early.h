/* Locks that are taken before there is a ledger. */
#ifndef LW_EARLY_H
#define LW_EARLY_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/ledger.h"

#pragma GCC visibility push(hidden)

/* The thread that calls is the one whose locks are remembered: the first. */
void lw_early_start(void);
/* It has taken a lock, and gives one back. Whether there is a ledger is looked at here. */
void lw_early_took(const void *lock, uint32_t hook, uint32_t kind, const void *frame);
void lw_early_gives(const void *lock);
/* Will this thread have to wait for it? Then there are others that nobody has told of, or it waits for itself. */
bool lw_early_waits(const void *lock, uint32_t kind, uint32_t how);
/* Is it wrong to take it, or to give it back, as far as its words say? */
bool lw_early_mistaken(const void *lock, uint32_t kind, uint32_t how);
bool lw_early_misgiven(const void *lock, uint32_t kind);
/* Has it any? This one? */
bool lw_early_any(void);
bool lw_early_has(const void *lock);
/* What this thread has goes to its first board. frame: where it is now. All signals are blocked. */
void lw_early_move(struct lw_board *board, const void *frame);

#pragma GCC visibility pop

#endif
