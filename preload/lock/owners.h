/* Locks on the boards of all threads: for what is rare, as each board is looked at. */
#ifndef LW_OWNERS_H
#define LW_OWNERS_H

#include <stdint.h>

#include "board.h"

#pragma GCC visibility push(hidden)

struct lw_owner_found {
    struct lw_board *board; /* NULL: nobody's board says so */
    struct lw_hold *hold;
};
/* Who holds this lock; thread: the one whose board is to be looked at, 0 for any. */
struct lw_owner_found lw_owner_of(const void *lock, uint32_t thread);
/* The same among the threads that have ended. */
struct lw_owner_found lw_dead_owner_of(const void *lock);
/* Its holder has it no longer, without a call of its own. False: it was given back at this very moment. */
bool lw_hold_taken_away(struct lw_hold *hold);
/* How many threads wait for it. */
uint32_t lw_waiting_for(const void *lock);

#pragma GCC visibility pop

#endif
