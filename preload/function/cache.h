/* Which functions are known: address -> number of the selected function, or 0 for one that is not selected.
 *
 * DESIGN. Open addressing in one array of words, address and number together, so that one load answers and one
 * compare-and-swap publishes: no lock, and after the first calls nothing is written, so nothing is shared but to be read.
 * A function stands within WINDOW words from where its hash says. Selected ones find room until three quarters are full,
 * others until half is: these can do without, see functions.c. */
#ifndef LW_FUNCTION_CACHE_H
#define LW_FUNCTION_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

#define LW_FUNCTION_CACHE_BITS 16
#define LW_FUNCTION_CACHE_WINDOW 16u
#define LW_FUNCTION_CACHE_WORDS ((1u << LW_FUNCTION_CACHE_BITS) + LW_FUNCTION_CACHE_WINDOW)
#define LW_FUNCTION_UNKNOWN UINT32_MAX
#define LW_FUNCTION_REMOVED 0xffffu /* a word without an address: searches go on behind it */

static inline uint32_t lw_function_place(uint64_t address)
{
    return (uint32_t)(address * 0x9e3779b97f4a7c15ULL >> (64 - LW_FUNCTION_CACHE_BITS));
}

/* Addresses of 2^48 and above are never known. */
static inline uint32_t lw_function_find(const uint64_t *words, uint64_t address)
{
    const uint64_t *at = words + lw_function_place(address), *end = at + LW_FUNCTION_CACHE_WINDOW;
    do {
        uint64_t word = __atomic_load_n(at, __ATOMIC_RELAXED);
        if (word >> 16 == address)
            return (uint32_t)(word & 0xffff);
        if (!word)
            break;
    } while (++at < end);
    return LW_FUNCTION_UNKNOWN;
}

/* False: no room. What is known already stays as it is. */
bool lw_function_add(uint64_t *words, uint64_t address, uint32_t number);
/* Forgets what lies in [start, end). */
void lw_functions_remove(uint64_t *words, uint64_t start, uint64_t end);

#pragma GCC visibility pop

#endif
