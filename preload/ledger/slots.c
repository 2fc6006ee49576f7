/* The ledger's slots: descriptors by number, handles by value. */
#include "ledger.h"
#include "process/process.h"

LW_HOT_DATA struct lw_slot *lw_quick_leaves[LW_QUICK];

/* Where the generations of handles are, as far as that has been asked: they are never moved either. */
struct generation {
    uint64_t *keys; /* written last; NULL: not asked yet, or there is none */
    struct lw_slot *slots;
    uint32_t buckets, base; /* base: the number of its first slot */
};
static LW_HOT_DATA struct generation known[LW_HANDLE_GENERATIONS];
LW_HOT_DATA uint64_t lw_handles_taken[LW_HANDLES_TAKEN];

static void *below(struct lw_map *map, uint64_t *place, size_t bytes, bool make)
{
    if (make)
        return lw_block_at(place, bytes);
    return lw_at(map, __atomic_load_n(place, __ATOMIC_ACQUIRE), bytes);
}

static struct lw_slot *leaf(struct lw_map *map, uint32_t number, bool make)
{
    struct lw_header *header = lw_header_of(map);
    uint64_t *place = &header->fds[number >> 22 & 255];
    for (int shift = 14; shift >= 6; shift -= 8) {
        struct lw_fd_node *node = below(map, place, sizeof *node, make);
        if (!node)
            return NULL;
        place = &node->below[number >> shift & 255];
    }
    return below(map, place, LW_FD_LEAF * sizeof(struct lw_slot), make);
}

static __attribute__((noinline)) struct lw_slot *slot_through_nodes(uint32_t number, bool make)
{
    struct lw_slot *slots = number < LW_FD_MAX ? leaf(&lw_map, number, make) : NULL;
    if (!slots)
        return NULL;
    if (number / LW_FD_LEAF < LW_QUICK)
        __atomic_store_n(&lw_quick_leaves[number / LW_FD_LEAF], slots, __ATOMIC_RELEASE);
    return &slots[number % LW_FD_LEAF];
}

LW_HOT_CODE struct lw_slot *lw_fd_slot(int fd, bool make)
{
    struct lw_slot *slot = lw_fd_slot_quickly(fd);
    return __builtin_expect(slot != NULL, 1) ? slot : slot_through_nodes((uint32_t)fd, make);
}

struct lw_slot *lw_fd_slot_of(struct lw_map *map, uint32_t number)
{
    struct lw_slot *slots = number < LW_FD_MAX ? leaf(map, number, false) : NULL;
    return slots ? &slots[number % LW_FD_LEAF] : NULL;
}

void lw_slots_forget(void)
{
    for (uint32_t i = 0; i < LW_QUICK; i++)
        lw_quick_leaves[i] = NULL;
    for (uint32_t i = 0; i < LW_HANDLE_GENERATIONS; i++)
        known[i].keys = NULL;
    for (uint32_t i = 0; i < LW_HANDLES_TAKEN; i++)
        lw_handles_taken[i] = 0;
}

/* Numbers below one node of the lowest level, and below one of the middle level. */
#define BELOW_LOW (LW_FD_LEAF * LW_FD_FANOUT)
#define BELOW_MIDDLE (BELOW_LOW * LW_FD_FANOUT)

/* Skips what has no node in steps as large as the missing node: a range may reach to 2^32. */
void lw_fd_slots(struct lw_map *map, unsigned first, unsigned last, lw_slot_visit *visit, void *context)
{
    struct lw_header *header = lw_header_of(map);
    uint64_t number = first, end = last < LW_FD_MAX ? last : LW_FD_MAX - 1;
    while (number <= end) {
        struct lw_fd_node *node = below(map, &header->fds[number >> 22], sizeof *node, false);
        if (!node || !node->below[number >> 14 & 255]) {
            number = (number | ((node ? BELOW_LOW : BELOW_MIDDLE) - 1)) + 1;
            continue;
        }
        struct lw_slot *slots = leaf(map, (uint32_t)number, false);
        uint64_t stop = number | (LW_FD_LEAF - 1);
        for (; slots && number <= stop && number <= end; number++)
            if (lw_state(lw_word(&slots[number % LW_FD_LEAF])) != LW_EMPTY)
                visit(&slots[number % LW_FD_LEAF], (unsigned)number, context);
        number = stop + 1;
    }
}

/* ---- Handles ---- */

static __attribute__((noinline)) const struct generation *generation_found(uint32_t which, bool make)
{
    struct lw_handles *handles = &lw_header()->handles;
    struct generation *found = &known[which];
    uint32_t buckets = LW_BUCKETS_FIRST << 2 * which;
    size_t many = (size_t)buckets * LW_BUCKET;
    struct lw_slot *slots = below(&lw_map, &handles->slots[which], many * sizeof *slots, make);
    uint64_t *keys = slots ? below(&lw_map, &handles->keys[which], many * sizeof *keys, make) : NULL;
    if (!keys)
        return NULL;
    found->buckets = buckets;
    found->base = LW_BUCKET * LW_BUCKETS_FIRST * ((1u << 2 * which) - 1) / 3;
    found->slots = slots;
    __atomic_store_n(&found->keys, keys, __ATOMIC_RELEASE);
    return found;
}

/* NULL: there is no such generation (yet). */
static inline const struct generation *generation_at(uint32_t which, bool make)
{
    if (which >= LW_HANDLE_GENERATIONS)
        return NULL;
    if (__builtin_expect(__atomic_load_n(&known[which].keys, __ATOMIC_ACQUIRE) != NULL, 1))
        return &known[which];
    if (!make && !__atomic_load_n(&lw_header()->handles.keys[which], __ATOMIC_ACQUIRE))
        return NULL;
    return generation_found(which, make);
}

static inline uint32_t bucket_of(const struct generation *generation, uint64_t hash)
{
    return (uint32_t)(hash & (generation->buckets - 1)) * LW_BUCKET;
}

/* Who has a slot in LW_WRITING may be about to give it another key, and nobody else ever does. So a slot is the key's if
 * it is not being written, and still has the key after its word has been read: then it is for as long as the word stays. */
LW_HOT_CODE struct lw_slot *lw_handle_slot(uint64_t key, uint32_t *number, uint64_t *word)
{
    const struct generation *at;
    struct lw_slot *gone = NULL;
    uint64_t hash = lw_hash2(key, 0);
    *word = LW_EMPTY;
    for (uint32_t which = 0; (at = generation_at(which, false)); which++) {
        uint32_t bucket = bucket_of(at, hash);
        const uint64_t *keys = &at->keys[bucket];
#pragma GCC unroll 8
        for (uint32_t i = 0; i < LW_BUCKET; i++) {
            if (__builtin_expect(__atomic_load_n(&keys[i], __ATOMIC_RELAXED) != key, 1))
                continue;
            struct lw_slot *slot = &at->slots[bucket + i];
            uint64_t there = lw_word(slot);
            if (lw_state(there) == LW_WRITING || __atomic_load_n(&keys[i], __ATOMIC_RELAXED) != key)
                continue;
            *number = at->base + bucket + i;
            *word = there;
            if (lw_state(there) != LW_FREE)
                return slot;
            gone = slot;
        }
    }
    return gone;
}

static bool seize(const struct generation *at, uint32_t i, enum lw_state state, uint64_t key)
{
    uint64_t word = lw_word(&at->slots[i]);
    if (lw_state(word) != state || !lw_change(&at->slots[i], word, lw_next_word(word, LW_WRITING)))
        return false;
    __atomic_store_n(&at->keys[i], key, __ATOMIC_RELEASE);
    return true;
}

static struct lw_slot *take(uint64_t key, uint32_t *number)
{
    uint64_t word;
    struct lw_slot *own = lw_handle_slot(key, number, &word);
    if (own && lw_change(own, word, lw_next_word(word, LW_WRITING)))
        return own;
    const struct generation *at;
    for (uint32_t which = 0; (at = generation_at(which, true)); which++) {
        uint32_t bucket = bucket_of(at, lw_hash2(key, 0));
        for (int state = LW_EMPTY; state <= LW_FREE; state += LW_FREE - LW_EMPTY)
            for (uint32_t i = bucket; i < bucket + LW_BUCKET; i++)
                if (seize(at, i, (enum lw_state)state, key)) {
                    *number = at->base + i;
                    return &at->slots[i];
                }
    }
    return NULL;
}

LW_HOT_CODE struct lw_slot *lw_handle_take(uint64_t key, uint32_t *number)
{
    struct lw_slot *slot = take(key, number);
    uint64_t place = slot ? (uint64_t)((uint8_t *)slot - lw_map.base) / 8 : UINT64_MAX;
    if (place <= UINT32_MAX)
        __atomic_store_n(lw_handle_taken(key), place << 32 | (*number + 1), __ATOMIC_RELAXED);
    return slot;
}

struct lw_slot *lw_handle_by_number(uint32_t number)
{
    const struct generation *at;
    for (uint32_t which = 0; (at = generation_at(which, false)); which++)
        if (number - at->base < at->buckets * LW_BUCKET)
            return &at->slots[number - at->base];
    return NULL;
}

void lw_handle_slots(lw_slot_visit *visit, void *context)
{
    const struct generation *at;
    for (uint32_t which = 0; (at = generation_at(which, false)); which++)
        for (uint32_t i = 0; i < at->buckets * LW_BUCKET; i++)
            if (lw_state(lw_word(&at->slots[i])) != LW_EMPTY)
                visit(&at->slots[i], at->base + i, context);
}
