/* Who holds a lock, and who waits for it. */
#include "owners.h"

#include "ledger/ledger.h"
#include "taking.h"

static uint32_t boards(void)
{
    return __atomic_load_n(&lw_header()->tables[LW_BOARDS].count, __ATOMIC_ACQUIRE);
}

struct lw_owner_found lw_owner_of(const void *lock, uint32_t thread)
{
    for (uint32_t i = 1, count = boards(); i < count; i++) {
        struct lw_board *board = lw_element(LW_BOARDS, i);
        if (!board || (thread && board->thread != thread))
            continue;
        struct lw_hold *hold = lw_hold_of(board, lock);
        if (hold && hold->state != LW_HOLD_GIVEN_UP)
            return (struct lw_owner_found){board, hold};
    }
    return (struct lw_owner_found){NULL, NULL};
}

/* Where the kernel has its number still, for a moment behind a join, the thread itself has said so. */
static bool has_ended(const struct lw_board *board)
{
    return __atomic_load_n(&board->flags, __ATOMIC_RELAXED) & LW_BOARD_ENDED || lw_thread_is_gone(board->thread);
}

struct lw_owner_found lw_dead_owner_of(const void *lock)
{
    for (uint32_t i = 1, count = boards(); i < count; i++) {
        struct lw_board *board = lw_element(LW_BOARDS, i);
        struct lw_hold *hold = board && board->thread != lw_thread.id ? lw_hold_of(board, lock) : NULL;
        if (hold && has_ended(board) && lw_hold_taken_away(hold))
            return (struct lw_owner_found){board, hold};
    }
    return (struct lw_owner_found){NULL, NULL};
}

bool lw_hold_taken_away(struct lw_hold *hold)
{
    uint8_t held = LW_HOLD_HELD;
    return __atomic_compare_exchange_n(&hold->state, &held, LW_HOLD_GONE, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static bool waits_for(struct lw_board *board, const void *lock)
{
    uint32_t depth = __atomic_load_n(&board->depth, __ATOMIC_ACQUIRE);
    const struct lw_hold *last = depth ? lw_hold_at(board, depth - 1) : NULL;
    return last && last->state == LW_HOLD_TAKING && last->lock == (uint64_t)lock;
}

uint32_t lw_waiting_for(const void *lock)
{
    uint32_t waiting = 0;
    for (uint32_t i = 1, count = boards(); i < count; i++) {
        struct lw_board *board = lw_element(LW_BOARDS, i);
        waiting += board && board != lw_thread.board && waits_for(board, lock);
    }
    return waiting;
}
