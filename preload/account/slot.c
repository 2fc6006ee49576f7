/* What a slot says of what it holds. */
#include "in_line.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

void lw_detail_text(struct lw_slot *slot, const char *text, size_t length)
{
    if (length > LW_DETAIL) {
        slot->flags |= LW_DETAIL_CUT;
        length = LW_DETAIL;
    }
    memcpy(slot->detail, text, length);
    slot->detail_length = (uint16_t)length;
}

#if defined(__SSE2__)

#define BLOCK sizeof(__m128i)

/* Of a text; if it is longer than LW_DETAIL: longer than that. By aligned blocks, of which each has some of the text, so that
 * all of it can be read: the C library's strnlen and memcpy are two more pages. */
static __attribute__((no_sanitize("address"))) uint32_t length_of(const char *text)
{
    const __m128i zero = _mm_setzero_si128();
    uint32_t skew = (uint32_t)((uintptr_t)text % BLOCK);
    const __m128i *block = (const __m128i *)(const void *)(text - skew);
    uint32_t zeros = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(*block, zero)) >> skew;
    if (zeros)
        return (uint32_t)__builtin_ctz(zeros);
    for (uint32_t length = BLOCK - skew; length <= LW_DETAIL; length += BLOCK) {
        zeros = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(*++block, zero));
        if (zeros)
            return length + (uint32_t)__builtin_ctz(zeros);
    }
    return LW_DETAIL + 1;
}

#define COPY(type, at)                                                                                                 \
    do {                                                                                                               \
        type copied;                                                                                                   \
        __builtin_memcpy(&copied, from + (at), sizeof copied);                                                         \
        __builtin_memcpy(to + (at), &copied, sizeof copied);                                                           \
    } while (0)

/* By its first and last bytes, which may be the same ones. */
static void copy(char *to, const char *from, uint32_t length)
{
    if (length >= BLOCK) {
        for (uint32_t at = 0; at + BLOCK < length; at += BLOCK)
            COPY(__m128i, at);
        COPY(__m128i, length - BLOCK);
    } else if (length >= 8) {
        COPY(uint64_t, 0);
        COPY(uint64_t, length - 8);
    } else if (length >= 4) {
        COPY(uint32_t, 0);
        COPY(uint32_t, length - 4);
    } else {
        for (uint32_t at = 0; at < length; at++)
            to[at] = from[at];
    }
}

#else

static uint32_t length_of(const char *text)
{
    uint32_t length = 0;
    while (length <= LW_DETAIL && text[length])
        length++;
    return length;
}

static void copy(char *to, const char *from, uint32_t length)
{
    memcpy(to, from, length);
}

#endif

LW_HOT_CODE void lw_detail_copy(struct lw_slot *slot, const char *text)
{
    uint32_t length = length_of(text);
    if (__builtin_expect(length > LW_DETAIL, 0)) {
        slot->flags |= LW_DETAIL_CUT;
        length = LW_DETAIL;
    }
    slot->detail_length = (uint16_t)length;
    copy(slot->detail, text, length);
}

void lw_detail_write(struct lw_slot *slot, const struct lw_detail *detail)
{
    if (detail)
        lw_usual_detail(slot, detail);
}

void lw_fill_slot(struct lw_slot *slot, struct lw_record *record, uint64_t handle, uint32_t kind, uint32_t site)
{
    lw_usual_fill(slot, record->now, record->thread->id, handle, kind, site);
}
