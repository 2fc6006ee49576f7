/* The ledger's slots: descriptors by number, handles by value. */
#include "ledger.h"
#include "process/process.h"

/* Leaves of small numbers, as pointers: they are never moved, so the way through the nodes is walked once. */
#define QUICK 256
static LW_HOT_DATA struct lw_slot *quick[QUICK];

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

LW_HOT_CODE struct lw_slot *lw_fd_slot(int fd, bool make)
{
    if (fd < 0 || (uint32_t)fd >= LW_FD_MAX)
        return NULL;
    uint32_t number = (uint32_t)fd, which = number / LW_FD_LEAF;
    struct lw_slot *slots = which < QUICK ? __atomic_load_n(&quick[which], __ATOMIC_ACQUIRE) : NULL;
    if (!slots) {
        slots = leaf(&lw_map, number, make);
        if (!slots)
            return NULL;
        if (which < QUICK)
            __atomic_store_n(&quick[which], slots, __ATOMIC_RELEASE);
    }
    return &slots[number % LW_FD_LEAF];
}

struct lw_slot *lw_fd_slot_of(struct lw_map *map, uint32_t number)
{
    struct lw_slot *slots = number < LW_FD_MAX ? leaf(map, number, false) : NULL;
    return slots ? &slots[number % LW_FD_LEAF] : NULL;
}

void lw_slots_forget(void)
{
    for (uint32_t i = 0; i < QUICK; i++)
        quick[i] = NULL;
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

struct generation {
    uint64_t *keys;
    struct lw_slot *slots;
    uint32_t buckets, base; /* base: the number of its first slot */
};

/* False: there is no such generation (yet). */
static bool generation_at(uint32_t which, bool make, struct generation *found)
{
    struct lw_handles *handles = &lw_header()->handles;
    found->buckets = LW_BUCKETS_FIRST << 2 * which;
    found->base = LW_BUCKET * LW_BUCKETS_FIRST * ((1u << 2 * which) - 1) / 3;
    size_t slots = (size_t)found->buckets * LW_BUCKET;
    if (make) {
        found->slots = lw_block_at(&handles->slots[which], slots * sizeof *found->slots);
        found->keys = found->slots ? lw_block_at(&handles->keys[which], slots * sizeof *found->keys) : NULL;
        return found->keys != NULL;
    }
    found->keys = below(&lw_map, &handles->keys[which], slots * sizeof *found->keys, false);
    found->slots = below(&lw_map, &handles->slots[which], slots * sizeof *found->slots, false);
    return found->keys && found->slots;
}

static uint32_t bucket_of(const struct generation *generation, uint64_t key)
{
    return (uint32_t)(lw_hash2(key, 0) & (generation->buckets - 1)) * LW_BUCKET;
}

/* Who has a slot in LW_WRITING may be about to give it another key, and nobody else ever does. So a slot is the key's if
 * it is not being written, and still has the key after its word has been read: then it is for as long as the word stays. */
LW_HOT_CODE struct lw_slot *lw_handle_slot(uint64_t key, uint32_t *number, uint64_t *word)
{
    struct generation at;
    struct lw_slot *gone = NULL;
    *word = LW_EMPTY;
    for (uint32_t which = 0; which < LW_HANDLE_GENERATIONS && generation_at(which, false, &at); which++) {
        uint32_t bucket = bucket_of(&at, key);
        for (uint32_t i = bucket; i < bucket + LW_BUCKET; i++) {
            if (__atomic_load_n(&at.keys[i], __ATOMIC_RELAXED) != key)
                continue;
            uint64_t there = lw_word(&at.slots[i]);
            if (lw_state(there) == LW_WRITING || __atomic_load_n(&at.keys[i], __ATOMIC_RELAXED) != key)
                continue;
            *number = at.base + i;
            *word = there;
            if (lw_state(there) != LW_FREE)
                return &at.slots[i];
            gone = &at.slots[i];
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

LW_HOT_CODE struct lw_slot *lw_handle_take(uint64_t key, uint32_t *number)
{
    uint64_t word;
    struct lw_slot *own = lw_handle_slot(key, number, &word);
    if (own && lw_change(own, word, lw_next_word(word, LW_WRITING)))
        return own;
    struct generation at;
    for (uint32_t which = 0; which < LW_HANDLE_GENERATIONS && generation_at(which, true, &at); which++) {
        uint32_t bucket = bucket_of(&at, key);
        for (int state = LW_EMPTY; state <= LW_FREE; state += LW_FREE - LW_EMPTY)
            for (uint32_t i = bucket; i < bucket + LW_BUCKET; i++)
                if (seize(&at, i, (enum lw_state)state, key)) {
                    *number = at.base + i;
                    return &at.slots[i];
                }
    }
    return NULL;
}

struct lw_slot *lw_handle_by_number(uint32_t number)
{
    struct generation at;
    for (uint32_t which = 0; which < LW_HANDLE_GENERATIONS && generation_at(which, false, &at); which++)
        if (number - at.base < at.buckets * LW_BUCKET)
            return &at.slots[number - at.base];
    return NULL;
}

void lw_handle_slots(lw_slot_visit *visit, void *context)
{
    struct generation at;
    for (uint32_t which = 0; which < LW_HANDLE_GENERATIONS && generation_at(which, false, &at); which++)
        for (uint32_t i = 0; i < at.buckets * LW_BUCKET; i++)
            if (lw_state(lw_word(&at.slots[i])) != LW_EMPTY)
                visit(&at.slots[i], at.base + i, context);
}
