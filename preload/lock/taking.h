/* A lock is taken, and given back. */
#ifndef LW_TAKING_H
#define LW_TAKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "board.h"
#include "place.h"
#include "system/system.h"

#pragma GCC visibility push(hidden)

/* What is said of a hold last, at once: count (or how it is waited for), kind, state, left. */
static inline uint64_t lw_hold_word(uint32_t count, uint32_t kind, enum lw_hold_state state)
{
    return count | (uint64_t)kind << 16 | (uint64_t)state << 24;
}
#define LW_HOLD_KIND (0xffULL << 16)
static inline void lw_hold_say(struct lw_hold *hold, uint64_t word)
{
    __atomic_store_n((uint64_t *)(void *)&hold->count, word, __ATOMIC_RELEASE);
}
static inline uint64_t lw_hold_said(const struct lw_hold *hold)
{
    return __atomic_load_n((const uint64_t *)(const void *)&hold->count, __ATOMIC_RELAXED);
}

/* Does its thread have it, or will have it when it has waited for a condition? */
static inline bool lw_is_hold(const struct lw_hold *hold)
{
    return hold->state >= LW_HOLD_HELD && hold->state <= LW_HOLD_GIVEN_UP;
}

/* A scope has left it. */
static inline bool lw_hold_is_left(const struct lw_hold *hold)
{
    return hold->left != 0 && hold->left < (uint32_t)LW_HOLD_INSIDE;
}

/* It is held, and nothing has been said of that. */
static inline bool lw_is_free_hold(const struct lw_hold *hold)
{
    return hold->state == LW_HOLD_HELD && (hold->left == 0 || hold->left == (uint32_t)LW_HOLD_LOOKED_AT);
}

/* The hold of this lock among the first `depth` on this board; NULL: none. */
static inline struct lw_hold *lw_hold_below(struct lw_board *board, uint32_t depth, const void *lock)
{
    while (depth-- > 0) {
        struct lw_hold *hold = lw_hold_at(board, depth);
        if (hold && hold->lock == (uint64_t)lock && lw_is_hold(hold))
            return hold;
    }
    return NULL;
}
static inline struct lw_hold *lw_hold_of(struct lw_board *board, const void *lock)
{
    return lw_hold_below(board, board->depth, lock);
}

/* Holes at the end are not in use any more. Nothing is ever moved. */
void lw_board_trim(struct lw_board *board);

/* Its thread ends: what it still seems to wait for was cancelled, and the mutex of a condition is its own again. */
void lw_waits_leave(struct lw_board *board);

/* ---- Taken ---- */

struct lw_taking {
    struct lw_hold *hold;
    struct lw_place *place;
    bool contended; /* it could be seen that it would have to wait */
    uint32_t outer; /* what the board said of an owner before; 0: nothing */
};

/* In lw_hold.left while it waits: where the hook's frame stands. */
static inline uint32_t lw_frame_mark(const void *frame)
{
    return (uint32_t)(LW_FRAME_ID(frame) >> 4);
}

/* Asks for a lock: the next hold of the board says so. A handler that comes in between takes the one behind it, or this one
 * before it is said to be in use. */
static inline __attribute__((always_inline)) void lw_take_ask(struct lw_board *board, struct lw_hold *hold,
                                                              uint32_t depth, const void *lock, uint64_t now,
                                                              const struct lw_place *place, uint64_t word)
{
    hold->state = LW_HOLD_TAKING;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    board->depth = depth + 1;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    hold->lock = (uint64_t)lock;
    hold->since = now;
    hold->site = place->site;
    hold->serial = ++board->serial;
    lw_hold_say(hold, word);
}

/* The usual way: a place that is known, and a board on which nothing is odd. NULL: any other way. */
static inline __attribute__((always_inline)) struct lw_hold *lw_take_simply(const struct lw_thread *thread,
                                                                            struct lw_place **known, const void *lock,
                                                                            uint32_t hook, uint32_t kind, uint32_t how,
                                                                            const void *frame)
{
    struct lw_board *board = thread->board;
    struct lw_place *place = lw_place_recall(thread->places, frame, hook);
    uint32_t depth = board->depth;
    struct lw_hold *hold = &board->hold[depth];
    if (__builtin_expect(!place || depth >= LW_HOLDS || (depth && hold[-1].state == LW_HOLD_TAKING), 0))
        return NULL;
    __asm__("" : "+r"(hold)); /* else each of its words is worked out anew */
    lw_take_ask(board, hold, depth, lock, lw_clock_running(), place,
                lw_hold_word(how, kind, LW_HOLD_TAKING) | (uint64_t)lw_frame_mark(frame) << 32);
    *known = place;
    return hold;
}

/* Got it. False: there is more to it. */
static inline __attribute__((always_inline)) bool lw_took_simply(const struct lw_thread *thread, struct lw_hold *hold,
                                                                 struct lw_place *place, uint32_t kind)
{
    const struct lw_board *board = *(struct lw_board *const volatile *)&thread->board;
    if (__builtin_expect(!board || (place->count + 1) % LW_LOCKING_SAMPLE == 0, 0))
        return false;
    for (const struct lw_hold *older = board->hold; older < hold; older++)
        if (__builtin_expect(older->lock == hold->lock, 0))
            return false;
    place->count++;
    lw_hold_say(hold, lw_hold_word(1, kind, LW_HOLD_HELD));
    return true;
}

/* The same where it takes longer. how: enum lw_wait_flag. False: it is not recorded, only forward. */
bool lw_take_begin(struct lw_taking *taking, const void *lock, uint32_t hook, uint32_t kind, uint32_t how,
                   const void *frame);
void lw_take_end(const struct lw_taking *taking, uint32_t kind, bool taken);
/* It will have to wait: says who has it, if that may be a thread of another process. */
void lw_take_waits(struct lw_taking *taking, const void *lock, uint32_t kind);
/* It was waited for, and that is over; or it was not got. */
void lw_take_over(const struct lw_taking *taking);

/* What this thread has waited for is written down, if it is not yet. */
void lw_looks_over(void);

/* ---- Given back ---- */

/* The usual way, before the real call: it is the last hold of the board, and nobody has an eye on it. */
static inline __attribute__((always_inline)) struct lw_hold *lw_give_simply(const struct lw_thread *thread,
                                                                            const void *lock)
{
    struct lw_board *board = thread->board;
    uint32_t last = board->depth - 1;
    struct lw_hold *hold = &board->hold[last];
    __asm__("" : "+r"(hold));
    if (__builtin_expect(last >= LW_HOLDS || hold->lock != (uint64_t)lock ||
                             (lw_hold_said(hold) & ~LW_HOLD_KIND) != lw_hold_word(1, 0, LW_HOLD_HELD),
                         0))
        return NULL;
    hold->state = LW_HOLD_RELEASING;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return hold;
}

/* Behind it. */
static inline __attribute__((always_inline)) void lw_gave_simply(const struct lw_thread *thread, struct lw_hold *hold)
{
    struct lw_board *board = *(struct lw_board *const volatile *)&thread->board;
    if (__builtin_expect(!board, 0))
        return;
    lw_hold_say(hold, 0);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    board->depth = (uint32_t)(hold - board->hold);
    if (hold != board->hold && __builtin_expect(hold[-1].state == LW_HOLD_NONE || hold[-1].state == LW_HOLD_GONE, 0))
        lw_board_trim(board);
}

struct lw_giving {
    struct lw_hold *hold; /* NULL: it is not on this thread's board */
    uint32_t locking;     /* number of the struct lw_locking that is to say how long it was held; 0: of none */
    uint32_t waiting;     /* how many wait for it, if it was held longer than ever; else 0 */
    uint64_t held;        /* ticks */
};

/* The same where it takes longer. contended: somebody waits for it. False: it is not recorded, only forward. */
bool lw_give_begin(struct lw_giving *giving, const void *lock, uint32_t kind, bool contended);
void lw_give_end(const struct lw_giving *giving, bool given);

#pragma GCC visibility pop

#endif
