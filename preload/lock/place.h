/* Where a lock was called for -> a site of the ledger, for the price of a few loads.
 *
 * DESIGN. A lock is taken in a hundred instructions, so it cannot pay for a whole stack each time. A place is known by the
 * return address, the stack pointer and the next three words by which its stack was unwound, return addresses as a rule:
 * the callers that a wrapper around a lock has are told apart. Further out the stack is what it was when the place was
 * learnt. A new place costs a walk; a thread that comes with ever new stack pointers would walk each time, so beyond its
 * first WALKS it has one in 1,024 locks walked, and the others have the return address alone, by which they are known then.
 * An interpreter's own locks, which it takes around each call that may wait, are known by their return address at once. */
#ifndef LW_PLACE_H
#define LW_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/ledger.h"
#include "process/process.h"
#include "stack/stack.h"
#include "system/system.h"

#pragma GCC visibility push(hidden)

/* The slow half of lw_place_of. NULL: the C library calls itself. */
struct lw_place *lw_place_learn(struct lw_board *board, const void *frame, uint32_t hook, uint32_t kind);
/* The site of one lock that was taken there, and that it was. */
uint32_t lw_place_site(const uint64_t *address, uint32_t depth, uint32_t hook, uint32_t kind);
/* The same where its stack is known; call: its name in the ledger. */
uint32_t lw_lock_site(uint32_t stack, uint32_t call, uint32_t kind);
/* The board is another thread's from now on: what its places have counted goes to the sites. */
void lw_places_forget(struct lw_board *board);

/* The stack pointers of no call: that of a place which was learnt without a walk; that of one which stands for all calls. */
#define LW_ANY_SP 0u
#define LW_EVERY_SP 1u

static inline struct lw_place *lw_place_at(struct lw_place *places, uint64_t pc, uint64_t sp)
{
    return &places[(pc ^ sp) / 16 % LW_BOARD_PLACES];
}

/* Each word is known to be one before the next is looked at. */
static inline bool lw_place_is(const struct lw_place *place, uint64_t pc, uint64_t sp, uint32_t hook)
{
    const uint64_t *stack = (const uint64_t *)sp;
    return place->pc == pc && place->sp == sp && place->hook == hook && stack[place->offset[0]] == place->value[0] &&
           stack[place->offset[1]] == place->value[1] && stack[place->offset[2]] == place->value[2];
}

/* A place may stand at any of a few: those that are taken in turn must not displace each other each time. Callers of a wrapper
 * around a lock, say, whose calls of it stand at one address and equally deep. */
#define LW_PLACES_BESIDE 4u

static inline struct lw_place *lw_place_beside(struct lw_place *places, uint64_t pc, uint64_t sp, uint32_t i)
{
    return &places[(uint64_t)(lw_place_at(places, pc, sp) - places) ^ i];
}

/* At another than the first. NULL: it is not known. */
struct lw_place *lw_place_elsewhere(struct lw_place *places, uint64_t pc, uint64_t sp, uint32_t hook);

/* The place of all calls from there. */
static inline struct lw_place *lw_place_of_every(struct lw_place *places, uint64_t pc, uint32_t hook)
{
    for (uint32_t i = 0; i < LW_PLACES_BESIDE; i++) {
        struct lw_place *place = lw_place_beside(places, pc, LW_EVERY_SP, i);
        if (place->pc == pc && place->sp == LW_EVERY_SP && place->hook == hook)
            return place;
    }
    return NULL;
}

/* At the first of those where it may stand. NULL: it is not there. The thread's places are valid. */
static inline __attribute__((always_inline)) struct lw_place *lw_place_recall(struct lw_place *places,
                                                                              const void *frame, uint32_t hook)
{
    uint64_t pc = LW_CALLER_PC(frame), sp = LW_CALLER_SP(frame);
    struct lw_place *place = lw_place_at(places, pc, sp);
    if (__builtin_expect(lw_place_is(place, pc, sp, hook), 1))
        return place;
    return lw_place_of_every(places, pc, hook);
}

static inline struct lw_place *lw_place_of(struct lw_board *board, const void *frame, uint32_t hook, uint32_t kind)
{
    struct lw_place *place = NULL;
    if (lw_thread.place_turn == lw_turn() && !(place = lw_place_recall(lw_thread.places, frame, hook)))
        place = lw_place_elsewhere(lw_thread.places, LW_CALLER_PC(frame), LW_CALLER_SP(frame), hook);
    return place ? place : lw_place_learn(board, frame, hook, kind);
}

#pragma GCC visibility pop

#endif
