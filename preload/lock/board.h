/* The board of this thread. */
#ifndef LW_BOARD_H
#define LW_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/ledger.h"
#include "process/process.h"
#include "stack/stack.h"
#include "wake/wake.h"

#pragma GCC visibility push(hidden)

extern bool lw_locking; /* locks are to be recorded, once there is a ledger */

/* If settings say so. */
void lw_locks_start(void);
/* Not any more: the ledger goes, or boards are not their threads' alone. What stands on them is void. */
void lw_locks_stop(void);

/* The slow half of lw_board_here. */
struct lw_board *lw_board_arrive(void);

/* Begins a ledger, where there is none yet, if other processes may wait for this lock, or this thread has to, or has to
 * for ever. how: enum lw_wait_flag. */
struct lw_board *lw_board_begin(const void *lock, uint32_t kind, uint32_t how);

/* The same for a call that must not be made on a lock which this thread has. */
struct lw_board *lw_board_begin_if_held(const void *lock);

/* The same for a lock that is given back, and by its words nobody has; and for a mutex that is destroyed, and had been. */
struct lw_board *lw_board_begin_if_misgiven(const void *lock, uint32_t kind);
struct lw_board *lw_board_begin_if_destroyed(const void *lock);

/* This thread's; NULL: locks are not recorded here and now. A child of vfork has its parent's, as it has its locks. */
static inline struct lw_board *lw_board_here(void)
{
    struct lw_board *board = lw_thread.board;
    if (__builtin_expect(board != NULL, 1) && __builtin_expect(*lw_owner == LW_OURS, 1))
        return board;
    return lw_board_arrive();
}

/* The same where this lock is initialised, or destroyed. */
static inline struct lw_board *lw_board_worth(const volatile void *lock)
{
    struct lw_board *board = lw_board_here();
    return board ? board : lw_board_begin_if_held((const void *)lock);
}

/* The same behind a call that was recorded. NULL: a handler came in between, and this is a child that it has forked. */
static inline struct lw_board *lw_board_still(void)
{
    return __builtin_expect(*lw_owner == LW_OURS, 1) ? lw_thread.board : NULL;
}

/* The hold of that number, below the board's depth. NULL: there is no room for so many. */
struct lw_hold *lw_hold_beyond(struct lw_board *board, uint32_t number);
static inline struct lw_hold *lw_hold_at(struct lw_board *board, uint32_t number)
{
    if (number >= LW_HOLDS)
        return lw_hold_beyond(board, number);
    return &board->hold[number];
}

/* The process ends by this thread: marks its board, and those of threads that have ended. Is there anything to be told: what
 * those hold, or a thread that waits for a lock? */
bool lw_boards_settle(uint32_t own);

#pragma GCC visibility pop

#endif
