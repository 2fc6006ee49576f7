/* Buckets of an index: where the elements that share some bits of their hash are found.
 *
 * DESIGN. In each generation of an index a hash has one bucket, which is one line of the processor's cache. Its entries are
 * filled from the first on and nothing is ever taken out, so an entry that is 0 ends it. An entry is the number of an element
 * and some more bits of its hash: only where those are equal need the element itself be looked at, which lies elsewhere. */
#ifndef LW_BUCKET_H
#define LW_BUCKET_H

#include <stdint.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "leakwatch/ledger.h"

#define LW_TABLE_LIMIT (1u << 20) /* elements of a table at most */
#define LW_ENTRY_NUMBER (LW_TABLE_LIMIT - 1)
#define LW_ENTRY_TAG (~LW_ENTRY_NUMBER)

struct lw_bucket {
    _Alignas(16) uint32_t entry[LW_INDEX_WINDOW];
};
_Static_assert(LW_INDEX_WINDOW == 16, "four vectors of four");

/* Where an element's hash leads to: each generation takes as many of its highest bits as it has buckets. */
struct lw_way {
    uint64_t spread;
    uint32_t tag;
};

static inline struct lw_way lw_way_of(uint64_t hash)
{
    uint64_t spread = hash * 0x9e3779b97f4a7c15ULL;
    return (struct lw_way){spread, (uint32_t)(spread >> 8) & LW_ENTRY_TAG};
}

static inline uint64_t lw_way_into(const struct lw_way *way, uint32_t buckets)
{
    return way->spread >> (64 - (uint32_t)__builtin_ctz(buckets));
}

/* Which entries have this tag, as bits, in a bucket that is full. (Their elements were filled before them.) */
#if defined(__SSE2__)
static inline uint32_t lw_bucket_candidates(const struct lw_bucket *bucket, uint32_t tag)
{
    const volatile __m128i *entries = (const volatile __m128i *)(const volatile void *)bucket->entry;
    const __m128i mask = _mm_set1_epi32((int)LW_ENTRY_TAG), wanted = _mm_set1_epi32((int)tag);
    __m128i found[4];
    for (uint32_t i = 0; i < 4; i++)
        found[i] = _mm_cmpeq_epi32(_mm_and_si128(entries[i], mask), wanted);
    __m128i lower = _mm_packs_epi32(found[0], found[1]), upper = _mm_packs_epi32(found[2], found[3]);
    uint32_t bits = (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(lower, upper));
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return bits;
}
#else
static inline uint32_t lw_bucket_candidates(const struct lw_bucket *bucket, uint32_t tag)
{
    enum { WIDTH = 4 };
    typedef uint32_t words __attribute__((vector_size(WIDTH * sizeof(uint32_t)), may_alias));
    typedef uint64_t halves __attribute__((vector_size(WIDTH * sizeof(uint32_t)), may_alias));
    const volatile words *entries = (const volatile words *)(const volatile void *)bucket->entry;
    const words mask = {LW_ENTRY_TAG, LW_ENTRY_TAG, LW_ENTRY_TAG, LW_ENTRY_TAG}, wanted = {tag, tag, tag, tag};
    words bit = {1, 2, 4, 8}, found = {0, 0, 0, 0};
    for (uint32_t i = 0; i < LW_INDEX_WINDOW / WIDTH; i++, bit <<= WIDTH)
        found |= (words)((entries[i] & mask) == wanted) & bit;
    halves both = (halves)found;
    uint64_t bits = both[0] | both[1];
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return (uint32_t)(bits | bits >> 32);
}
#endif

#endif
