/* What threads hold and wait for: boards, read safely. A live value that is odd is no damage: it is left out. */
#ifndef LEDGER_BOARDS_H
#define LEDGER_BOARDS_H

#include "read.h"

struct ledger_hold {
    uint32_t number; /* of its board */
    const struct lw_board *board;
    const struct lw_hold *hold;
    bool is_last; /* of those that are in use on its board */
};

/* Every hold in use of every board, in their order; until `visit` says false. Holds that nobody has written whole are
 * left out. */
typedef bool ledger_hold_visit(void *context, const struct ledger_hold *hold);
void ledger__holds(const struct ledger *ledger, ledger_hold_visit *visit, void *context);

/* Of a process that ran while it was read: did this thread take or give back anything between two readings? */
bool ledger__board_moved(const struct lw_board *board);

/* Every place in use of every board, in their order. */
typedef void ledger_place_visit(void *context, uint32_t board, const struct lw_place *place);
void ledger__places(const struct ledger *ledger, ledger_place_visit *visit, void *context);

/* How many locks each site has taken: added to `by_site`, which has room for all of ledger__count(…, LW_SITES). */
void ledger__locks_taken(const struct ledger *ledger, uint64_t *by_site);

/* The time (ns) of a reading of the finer clock; 0: not known. */
uint64_t ledger__time_of_ticks(const struct ledger *ledger, uint64_t ticks);

#endif
