/* Slots of the ledger: what is held, one for each descriptor and each handle. */
#ifndef LW_SLOTS_H
#define LW_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "map.h"
#include "process/process.h"

#pragma GCC visibility push(hidden)

/* The slot of a descriptor; NULL: it has none (and `make` was not asked for, or there was no room). */
struct lw_slot *lw_fd_slot(int fd, bool make);
struct lw_slot *lw_fd_slot_of(struct lw_map *map, uint32_t number);
/* Leaves of small numbers, as pointers: they are never moved, so the way through the nodes is walked once. */
#define LW_QUICK 256u
extern struct lw_slot *lw_quick_leaves[LW_QUICK];
/* The same of what has been asked for before; NULL: ask lw_fd_slot. */
static inline struct lw_slot *lw_fd_slot_quickly(int fd)
{
    uint32_t number = (uint32_t)fd, which = number / LW_FD_LEAF; /* what is negative is beyond all */
    struct lw_slot *slots = which < LW_QUICK ? __atomic_load_n(&lw_quick_leaves[which], __ATOMIC_ACQUIRE) : NULL;
    return slots ? &slots[number % LW_FD_LEAF] : NULL;
}
/* Every slot there is of descriptors first to last, in order. */
typedef void lw_slot_visit(struct lw_slot *slot, unsigned number, void *context);
void lw_fd_slots(struct lw_map *map, unsigned first, unsigned last, lw_slot_visit *visit, void *context);
/* The slot of a handle, and its word when it was; NULL: never seen, being written, or its slot was used again. Once the
 * word is another, the slot may be another's. */
struct lw_slot *lw_handle_slot(uint64_t key, uint32_t *number, uint64_t *word);
/* A slot for a handle, its word already LW_WRITING and its key set. Takes over the key's own slot first. NULL: no room. */
struct lw_slot *lw_handle_take(uint64_t key, uint32_t *number);
struct lw_slot *lw_handle_by_number(uint32_t number);
void lw_handle_slots(lw_slot_visit *visit, void *context);
void lw_slots_forget(void);

static inline uint64_t lw_word(const struct lw_slot *slot)
{
    return __atomic_load_n(&slot->word, __ATOMIC_ACQUIRE);
}
static inline uint64_t lw_in_state(uint64_t word, enum lw_state state)
{
    return (word & ~0xffULL) | state;
}
static inline uint64_t lw_next_word(uint64_t word, enum lw_state state)
{
    return ((word >> 8) + 1) << 8 | state;
}
static inline bool lw_change(struct lw_slot *slot, uint64_t from, uint64_t to)
{
    return __atomic_compare_exchange_n(&slot->word, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}
/* Which slots were taken last, each by a hash of its key: where in the ledger, in units of eight bytes, and below that its
 * number + 1. */
#define LW_HANDLES_TAKEN_SHIFT 60
#define LW_HANDLES_TAKEN (1u << (64 - LW_HANDLES_TAKEN_SHIFT))
extern uint64_t lw_handles_taken[LW_HANDLES_TAKEN];
static inline uint64_t *lw_handle_taken(uint64_t key)
{
    return &lw_handles_taken[(key * 0x9e3779b97f4a7c15) >> LW_HANDLES_TAKEN_SHIFT];
}
/* A handle's slot, without a search: the one that it took last. owner: its number + 1. False: ask lw_handle_slot. */
static inline bool lw_handle_slot_quickly(uint64_t key, struct lw_slot **slot, uint64_t *word, uint32_t *owner)
{
    uint64_t taken = __atomic_load_n(lw_handle_taken(key), __ATOMIC_RELAXED);
    *owner = (uint32_t)taken;
    if (!__builtin_expect(taken != 0, 1))
        return false;
    *slot = (struct lw_slot *)(void *)(lw_map.base + (taken >> 32) * 8);
    *word = lw_word(*slot);
    return __builtin_expect(__atomic_load_n(&(*slot)->handle, __ATOMIC_RELAXED) == key, 1);
}
/* The slot of a descriptor that is held, as far as is known; NULL: it is not, or there is no ledger. */
static inline struct lw_slot *lw_held_fd(int fd)
{
    struct lw_slot *slot = lw_keeping() ? lw_fd_slot(fd, false) : NULL;
    return slot && lw_is_held(lw_word(slot)) ? slot : NULL;
}

#pragma GCC visibility pop

#endif
