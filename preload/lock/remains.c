/* What is to be said of locks when the process ends: what is sure to be told as an error by who reads the ledger.
 *
 * DESIGN. A thread that lives may hold locks by design, so only those count that have ended. What any thread can give back
 * still, and what is held on purpose, does not count. */
#include "remains.h"

#include <stdbool.h>
#include <string.h>

#include "board.h"

/* Virtual machines end threads that hold locks of their own. Reports leave that out: see the rules there. */
#define EXCUSED "/libjvm.so"

static bool is_excused_module(uint32_t number)
{
    char path[LW_TEXT];
    const struct lw_module *module = number ? lw_element(LW_MODULES, number) : NULL;
    if (!module)
        return false;
    lw_name_copy(path, sizeof path, module->name);
    return strstr(path, EXCUSED) != NULL;
}

static bool is_excused(uint32_t number)
{
    enum { FRAMES = 64 };
    const struct lw_site *site = number ? lw_element(LW_SITES, number) : NULL;
    uint32_t stack = site ? site->stack : 0, before = 0;
    for (int i = 0; i < FRAMES && stack; i++) {
        const struct lw_frame *frame = lw_element(LW_STACKS, stack);
        if (!frame)
            return false;
        if (!lw_is_line(frame) && frame->module != before && is_excused_module(frame->module))
            return true;
        before = frame->module;
        stack = frame->parent;
    }
    return false;
}

static bool is_forgotten(const struct lw_hold *hold)
{
    bool is_on_purpose = hold->left == (uint32_t)LW_HOLD_KEPT || hold->left == (uint32_t)LW_HOLD_EXPECTED;
    return hold->state == LW_HOLD_HELD && hold->kind != LW_FILE_LOCK && !is_on_purpose && !is_excused(hold->site);
}

static void count_holds(struct lw_board *board, struct lw_lock_remains *remains)
{
    for (uint32_t i = 0; i < board->depth; i++) {
        const struct lw_hold *hold = lw_hold_at(board, i);
        if (!hold || !is_forgotten(hold))
            continue;
        remains->mutexes += hold->kind == LW_MUTEX;
        remains->others += hold->kind != LW_MUTEX;
    }
}

/* Where another thread gives back what a mutex's own has, and what was taken over, may be as it is meant to be. */
static bool is_error(const struct lw_misuse *misuse)
{
    switch (misuse->kind) {
    case LW_LOCK_ANOTHERS:
        return misuse->resource == LW_RWLOCK;
    case LW_LOCK_OWNER_DIED:
    case LW_LOCK_INITIALISED_HELD:
        return false;
    default:
        return lw_is_lock_misuse(misuse->kind);
    }
}

static uint32_t count_of(enum lw_table_id table)
{
    return __atomic_load_n(&lw_header()->tables[table].count, __ATOMIC_ACQUIRE);
}

struct lw_lock_remains lw_lock_remains(void)
{
    struct lw_lock_remains remains = {0};
    for (uint32_t i = 1; i < count_of(LW_BOARDS); i++) {
        struct lw_board *board = lw_element(LW_BOARDS, i);
        if (board && board->thread && board->flags & LW_BOARD_ENDED)
            count_holds(board, &remains);
    }
    for (uint32_t i = 1; i < count_of(LW_MISUSES); i++) {
        const struct lw_misuse *misuse = lw_element(LW_MISUSES, i);
        remains.misused += misuse && misuse->count > misuse->swept && is_error(misuse);
    }
    return remains;
}
