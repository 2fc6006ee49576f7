/* Texts: characters of one, two or four bytes become UTF-8. */
#include "texts.h"

#include <string.h>

#include "find.h"
#include "frames.h"
#include "lines.h"

enum { LENGTH = 16, STATE = 32 };

static uint32_t character(const void *characters, size_t index, unsigned width)
{
    if (width == 1)
        return ((const uint8_t *)characters)[index];
    return width == 2 ? ((const uint16_t *)characters)[index] : ((const uint32_t *)characters)[index];
}

/* The interpreter writes bytes that are no UTF-8, as a file's name may have, as lone surrogates. */
static bool is_byte(uint32_t one)
{
    return one >= 0xdc80 && one <= 0xdcff;
}

static size_t encode(uint8_t bytes[4], uint32_t one)
{
    static const uint8_t first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t length = one < 0x80 || is_byte(one) ? 1 : one < 0x800 ? 2 : one < 0x10000 ? 3 : 4;
    if (length == 1) {
        bytes[0] = (uint8_t)one; /* of such a surrogate the lowest byte is the byte */
        return 1;
    }
    for (size_t i = length; i-- > 1; one >>= 6)
        bytes[i] = (uint8_t)(0x80 | (one & 63));
    bytes[0] = (uint8_t)(first[length] | one);
    return length;
}

size_t lw_python_utf8(char *to, size_t room, const void *characters, size_t count, unsigned width)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[4];
        size_t length = encode(bytes, character(characters, i, width));
        if (used + length > room)
            break;
        memcpy(to + used, bytes, length);
        used += length;
    }
    return used;
}

size_t lw_python_text(char *to, size_t room, uint64_t text)
{
    const struct lw_python_layout *layout = &lw_python.layout;
    uint32_t state = text ? LW_FIELD_OF(uint32_t, text, STATE) : 0;
    bool is_compact = state >> 5 & 1, is_ascii = state >> 6 & 1;
    unsigned width = state >> 2 & 7;
    if (!text || LW_FIELD_OF(uint64_t, text, 8) != lw_python.text_type || !is_compact ||
        (width != 1 && width != 2 && width != 4)) {
        *to = '?';
        return 1;
    }
    uint64_t characters = text + (is_ascii ? layout->text_ascii : layout->text_other);
    return lw_python_utf8(to, room, (const void *)characters, LW_FIELD_OF(uint64_t, text, LENGTH), width);
}
