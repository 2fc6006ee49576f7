/* What a slot says of what it holds. */
#include "in_line.h"

void lw_detail_text(struct lw_slot *slot, const char *text, size_t length)
{
    if (length > LW_DETAIL) {
        slot->flags |= LW_DETAIL_CUT;
        length = LW_DETAIL;
    }
    memcpy(slot->detail, text, length);
    slot->detail_length = (uint16_t)length;
}

#define ONES 0x0101010101010101u
#define WORD 8u

/* The bytes of a word that come before its first zero; all others are zero in what is left. */
static inline uint32_t before_zero(uint64_t *word)
{
    uint64_t zeros = (*word - ONES) & ~*word & ONES << 7; /* the lowest is right; those above it may not be */
    if (!zeros)
        return WORD;
    uint32_t bytes = (uint32_t)__builtin_ctzll(zeros) / 8;
    *word &= (1ULL << 8 * bytes) - 1;
    return bytes;
}

/* By aligned words, of which each has some of the text, so that all of it can be read: paths are short, and the C library's
 * strnlen and memcpy are two more pages. As much as is sure to have room; where that ends before the text, true. */
static __attribute__((no_sanitize("address"))) bool copy_words(struct lw_slot *slot, const char *text, uint32_t *length)
{
    uint32_t skew = (uint32_t)((uintptr_t)text % WORD), bytes;
    uint64_t word;
    memcpy(&word, text - skew, WORD);
    word = skew ? word >> 8 * skew | ~0ULL << 8 * (WORD - skew) : word;
    bytes = before_zero(&word);
    memcpy(slot->detail, &word, WORD);
    for (*length = bytes < WORD - skew ? bytes : WORD - skew; bytes == WORD; *length += bytes) {
        if (*length > LW_DETAIL - WORD)
            return true;
        memcpy(&word, text + *length, WORD);
        bytes = before_zero(&word);
        memcpy(slot->detail + *length, &word, WORD);
    }
    return false;
}

/* Its last bytes one by one. */
static void copy_text(struct lw_slot *slot, const char *text)
{
    uint32_t length;
    bool more = copy_words(slot, text, &length);
    while (more && length < LW_DETAIL && text[length]) {
        slot->detail[length] = text[length];
        length++;
    }
    slot->detail_length = (uint16_t)length;
    if (more && length == LW_DETAIL && text[length])
        slot->flags |= LW_DETAIL_CUT;
}

LW_HOT_CODE void lw_detail_write(struct lw_slot *slot, const struct lw_detail *detail)
{
    if (!detail)
        return;
    slot->flags |= detail->flags | (detail->cloexec ? LW_CLOEXEC : 0);
    slot->open_flags = detail->open_flags;
    slot->family = detail->family;
    slot->type = detail->type;
    slot->protocol = detail->protocol;
    if (detail->has_partner)
        slot->partner = detail->partner;
    if (detail->text && detail->length)
        lw_detail_text(slot, detail->text, detail->length);
    else if (detail->text)
        copy_text(slot, detail->text);
}

void lw_fill_slot(struct lw_slot *slot, struct lw_record *record, uint64_t handle, uint32_t kind, uint32_t site)
{
    lw_usual_fill(slot, record, handle, kind, site);
}
