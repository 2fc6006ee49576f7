/* What threads hold and wait for: boards, read safely. */
#include "boards.h"

#include <string.h>

#include "private.h"

/* A flag of this reader's own, in the flags of its copy. */
#define MOVED 0x80000000u

/* ---- Holds */

static const struct lw_hold *hold_at(const struct ledger *ledger, const struct lw_board *board, uint32_t number)
{
    if (number < LW_HOLDS)
        return &board->hold[number];
    const struct lw_hold *more = snapshot__block(ledger, board->more, LW_HOLDS_MORE * sizeof *more);
    return more && number - LW_HOLDS < LW_HOLDS_MORE ? &more[number - LW_HOLDS] : NULL;
}

static bool is_in_use(const struct lw_hold *hold)
{
    enum lw_class class_ = lw_class(hold->kind);
    return hold->state >= LW_HOLD_TAKING && hold->state <= LW_HOLD_GIVEN_UP && hold->lock != 0 &&
           (class_ == LW_CLASS_LOCK || class_ == LW_CLASS_THREAD);
}

static bool visit_board(const struct ledger *ledger, uint32_t number, ledger_hold_visit *visit, void *context)
{
    struct ledger_hold found = {.number = number, .board = ledger__board(ledger, number)};
    uint32_t depth = found.board ? found.board->depth : 0;
    for (uint32_t i = 0; i < depth && i < LW_HOLDS + LW_HOLDS_MORE; i++) {
        const struct lw_hold *hold = hold_at(ledger, found.board, i);
        if (!hold || !is_in_use(hold))
            continue;
        if (found.hold && !visit(context, &found)) /* the one before */
            return false;
        found.hold = hold;
    }
    found.is_last = true;
    return !found.hold || visit(context, &found);
}

void ledger__holds(const struct ledger *ledger, ledger_hold_visit *visit, void *context)
{
    for (uint32_t i = 1; i < ledger__count(ledger, LW_BOARDS); i++)
        if (!visit_board(ledger, i, visit, context))
            return;
}

/* ---- Two readings */

bool ledger__board_moved(const struct lw_board *board)
{
    return board->flags & MOVED;
}

/* The second reading, and what the first one has at the same place. */
struct readings {
    const struct ledger *ledger;
    const unsigned char *first;
    uint64_t first_size;
};

static bool is_same(const struct readings *readings, uint64_t offset, uint64_t size)
{
    const unsigned char *now = snapshot__block(readings->ledger, offset, size);
    return now && offset + size <= readings->first_size && memcmp(now, readings->first + offset, size) == 0;
}

static void compare_board(const struct readings *readings, uint64_t offset)
{
    struct lw_board *board = snapshot__block(readings->ledger, offset, sizeof *board);
    if (!board)
        return;
    bool stood_still = is_same(readings, offset, sizeof *board) &&
                       (board->more == 0 || is_same(readings, board->more, LW_HOLDS_MORE * sizeof(struct lw_hold)));
    board->flags = (board->flags & ~MOVED) | (stood_still ? 0 : MOVED);
}

void boards__compare(struct ledger *ledger, const unsigned char *first, uint64_t first_size)
{
    const struct readings readings = {ledger, first, first_size};
    const struct lw_table *raw = &ledger->header.tables[LW_BOARDS];
    uint64_t base = 0;
    if (raw->element_size < sizeof(struct lw_board) || raw->element_size % 8 != 0)
        return;
    for (unsigned k = 0; k < LW_SEGMENTS && base < raw->count; base += (uint64_t)raw->first << k++) {
        uint64_t left = raw->count - base, length = (uint64_t)raw->first << k;
        uint64_t there = snapshot__present(ledger, raw->segments[k], raw->element_size, left < length ? left : length);
        for (uint64_t i = 0; i < there; i++)
            compare_board(&readings, raw->segments[k] + i * raw->element_size);
        if (length == 0)
            return;
    }
}

/* ---- What locks cost */

static void add(uint64_t *sum, uint64_t count)
{
    if (__builtin_add_overflow(*sum, count, sum))
        *sum = UINT64_MAX;
}

void ledger__places(const struct ledger *ledger, ledger_place_visit *visit, void *context)
{
    for (uint32_t i = 1; i < ledger__count(ledger, LW_BOARDS); i++) {
        const struct lw_board *board = ledger__board(ledger, i);
        const struct lw_place *places =
            board ? snapshot__block(ledger, board->places, LW_BOARD_PLACES * sizeof *places) : NULL;
        for (uint32_t k = 0; places && k < LW_BOARD_PLACES; k++)
            if (places[k].site)
                visit(context, i, &places[k]);
    }
}

struct taken {
    uint32_t sites;
    uint64_t *by_site;
};

static void add_place(void *context, uint32_t board, const struct lw_place *place)
{
    const struct taken *taken = context;
    (void)board;
    if (place->site < taken->sites)
        add(&taken->by_site[place->site], place->count);
}

void ledger__locks_taken(const struct ledger *ledger, uint64_t *by_site)
{
    struct taken taken = {ledger__count(ledger, LW_SITES), by_site};
    for (uint32_t i = 1; i < ledger__count(ledger, LW_LOCKINGS); i++) {
        const struct lw_locking *locking = ledger__locking(ledger, i);
        if (locking && locking->site < taken.sites)
            add(&by_site[locking->site], locking->taken);
    }
    ledger__places(ledger, add_place, &taken);
}

uint64_t ledger__time_of_ticks(const struct ledger *ledger, uint64_t ticks)
{
    const struct lw_header *header = ledger__header(ledger);
    double rate = ledger__clock_rate(ledger);
    if (rate <= 0 || ticks == 0)
        return 0;
    double time = (double)header->clock_first_time +
                  ((double)ticks - (double)header->clock_first) * (1e9 / rate); /* of a reading before, less */
    return time > 0 && time < 1e19 ? (uint64_t)time : 0;
}
