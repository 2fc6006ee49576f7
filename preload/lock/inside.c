/* Who ends the process inside a function that has taken a lock has not forgotten to give it back: an error is fatal, say.
 *
 * DESIGN. Whether that function still stands on the stack is told by the next frame out: the word by which it returns there
 * is where it was when the place was learnt, and a walk from the end finds the same value in it. */
#include "inside.h"

#include "board.h"
#include "place.h"
#include "taking.h"

static bool stands(const struct lw_place *place, const struct lw_walk *walk)
{
    uint64_t location = place->sp + (uint64_t)(int64_t)place->offset[0] * sizeof(uint64_t);
    for (uint32_t i = 0; i < walk->slots; i++)
        if (walk->slot[i].location == location && walk->slot[i].value == place->value[0])
            return true;
    return false;
}

static bool is_inside(const struct lw_hold *hold, const struct lw_place *places, const struct lw_walk *walk)
{
    for (uint32_t i = 0; i < LW_BOARD_PLACES; i++)
        if (places[i].pc && places[i].sp > LW_EVERY_SP && places[i].site == hold->site && stands(&places[i], walk))
            return true;
    return false;
}

static void look(void *frame)
{
    struct lw_board *board = lw_thread.board;
    struct lw_walk walk;
    if (!lw_stack_walk(&walk, frame))
        return;
    for (uint32_t i = 0; i < board->depth; i++) {
        struct lw_hold *hold = lw_hold_at(board, i);
        if (hold && lw_is_free_hold(hold) && is_inside(hold, lw_thread.places, &walk))
            hold->left = (uint32_t)LW_HOLD_INSIDE;
    }
}

void lw_locks_inside(const void *frame)
{
    struct lw_thread *thread = &lw_thread;
    if (!lw_locking || !thread->board || !thread->board->depth || !thread->places || lw_aside_nests(thread, frame))
        return;
    lw_touch_stack(LW_STACK_NEEDED);
    lw_aside(look, (void *)(uintptr_t)frame);
}
