/* How functions come to be known, and are forgotten. */
#include "cache.h"

static uint32_t used; /* words with a function */

static bool has_room(uint32_t number)
{
    uint32_t all = 1u << LW_FUNCTION_CACHE_BITS;
    return __atomic_load_n(&used, __ATOMIC_RELAXED) < (number ? all / 4 * 3 : all / 2);
}

/* Where it stands, or can be put; NULL: nowhere. */
static uint64_t *place_for(uint64_t *words, uint64_t address)
{
    uint64_t *at = words + lw_function_place(address), *end = at + LW_FUNCTION_CACHE_WINDOW, *removed = NULL;
    for (; at < end; at++) {
        uint64_t there = __atomic_load_n(at, __ATOMIC_RELAXED);
        if (there >> 16 == address)
            return at;
        if (there == LW_FUNCTION_REMOVED && !removed)
            removed = at;
        if (!there)
            return removed ? removed : at;
    }
    return removed;
}

bool lw_function_add(uint64_t *words, uint64_t address, uint32_t number)
{
    uint64_t *at, there;
    if (address >> 48 || !has_room(number))
        return false;
    while ((at = place_for(words, address))) {
        there = __atomic_load_n(at, __ATOMIC_RELAXED);
        if (there >> 16 == address)
            return true;
        if (there && there != LW_FUNCTION_REMOVED) /* another thread took it just now */
            continue;
        uint64_t word = address << 16 | number;
        if (!__atomic_compare_exchange_n(at, &there, word, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
            continue;
        __atomic_fetch_add(&used, 1, __ATOMIC_RELAXED);
        return true;
    }
    return false;
}

/* The words stay taken, so that searches go on behind them, until something else is put there. */
void lw_functions_remove(uint64_t *words, uint64_t start, uint64_t end)
{
    for (uint64_t *at = words; at < words + LW_FUNCTION_CACHE_WORDS; at++) {
        uint64_t address = __atomic_load_n(at, __ATOMIC_RELAXED) >> 16;
        if (!address || address < start || address >= end)
            continue;
        __atomic_store_n(at, LW_FUNCTION_REMOVED, __ATOMIC_RELEASE);
        __atomic_fetch_sub(&used, 1, __ATOMIC_RELAXED);
    }
}
