/* Text that a program chose, made safe to show on a terminal. */
#include "escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "heap.h"

enum { LONGEST_PIECE = 10 }; /* \UNNNNNNNN */

/* Characters that are valid and would still deceive. */
static const struct range {
    uint32_t first, last;
} deceptive[] = {
    {0x000080, 0x00009f}, /* C1 controls: 0x9b is an escape sequence's beginning */
    {0x0000ad, 0x0000ad}, /* soft hyphen */
    {0x00061c, 0x00061c}, /* Arabic letter mark */
    {0x00180e, 0x00180e}, /* Mongolian vowel separator */
    {0x00200b, 0x00200f}, /* zero widths, direction marks */
    {0x002028, 0x00202e}, /* line and paragraph separators, direction embeddings and overrides */
    {0x002060, 0x00206f}, /* invisible operators, direction isolates */
    {0x00feff, 0x00feff}, /* byte order mark */
    {0x00fff9, 0x00fffb}, /* interlinear annotation */
    {0x00fffe, 0x00ffff}, /* no characters: XML has no way to hold them */
    {0x0e0000, 0x0e007f}, /* tags */
};

static bool is_deceptive(uint32_t character)
{
    for (size_t i = 0; i < sizeof deceptive / sizeof deceptive[0]; i++)
        if (character >= deceptive[i].first && character <= deceptive[i].last)
            return true;
    return false;
}

/* The lead bytes of UTF-8, and the least character that each may begin: anything less is an overlong form. */
static const struct lead {
    unsigned char mask, value, length;
    uint32_t least;
} leads[] = {
    {0x80, 0x00, 1, 0},
    {0xe0, 0xc0, 2, 0x80},
    {0xf0, 0xe0, 3, 0x800},
    {0xf8, 0xf0, 4, 0x10000},
};

/* The length of the valid character that text begins with; 0 where there is none. */
static size_t decode(const unsigned char *text, size_t length, uint32_t *character)
{
    for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++) {
        const struct lead *lead = &leads[i];
        if ((text[0] & lead->mask) != lead->value)
            continue;
        if (lead->length > length)
            return 0;
        uint32_t value = text[0] & (unsigned char)~lead->mask;
        for (size_t k = 1; k < lead->length; k++) {
            if ((text[k] & 0xc0) != 0x80)
                return 0;
            value = value << 6 | (text[k] & 0x3f);
        }
        if (value < lead->least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
            return 0;
        *character = value;
        return lead->length;
    }
    return 0;
}

/* How the next character is shown: fills `piece`, says how many bytes of text it used up. */
static size_t show(char piece[LONGEST_PIECE + 1], const char *text, size_t length, bool quoted)
{
    const unsigned char *bytes = (const unsigned char *)text;
    uint32_t character = 0;
    size_t used = decode(bytes, length, &character);
    if (used == 0 || character < 0x20 || character == 0x7f) {
        snprintf(piece, LONGEST_PIECE + 1, "\\x%02x", bytes[0]);
        return 1;
    }
    if (is_deceptive(character)) {
        snprintf(piece, LONGEST_PIECE + 1, character > 0xffff ? "\\U%08x" : "\\u%04x", character);
        return used;
    }
    size_t at = 0;
    if (quoted && (character == '\\' || character == '"'))
        piece[at++] = '\\';
    memcpy(piece + at, text, used);
    piece[at + used] = 0;
    return used;
}

size_t escape__terminal(char *out, size_t room, const char *text, size_t length)
{
    char piece[LONGEST_PIECE + 1];
    size_t whole = 0, written = 0;
    for (size_t at = 0; at < length;) {
        at += show(piece, text + at, length - at, false);
        size_t size = strlen(piece);
        if (written == whole && written + size < room) {
            memcpy(out + written, piece, size);
            written += size;
        }
        whole += size;
    }
    if (room > 0)
        out[written] = 0;
    return whole;
}

char *escape__new(const char *text, size_t length)
{
    size_t room = escape__terminal(NULL, 0, text, length) + 1;
    char *out = heap__zeroed(room, 1);
    escape__terminal(out, room, text, length);
    return out;
}

static void print(FILE *file, const char *text, size_t length, bool quoted)
{
    char piece[LONGEST_PIECE + 1];
    for (size_t at = 0; at < length;) {
        at += show(piece, text + at, length - at, quoted);
        fputs(piece, file);
    }
}

void escape__print(FILE *file, const char *text, size_t length)
{
    print(file, text, length, false);
}

void escape__print_quoted(FILE *file, const char *text, size_t length)
{
    putc('"', file);
    print(file, text, length, true);
    putc('"', file);
}

char *escape__new_quoted(const char *text, size_t length)
{
    char piece[LONGEST_PIECE + 1], *out = heap__zeroed(length + 1, LONGEST_PIECE), *end = out;
    *end++ = '"';
    for (size_t at = 0; at < length; end += strlen(end)) {
        at += show(piece, text + at, length - at, true);
        memcpy(end, piece, strlen(piece));
    }
    *end = '"';
    return out;
}
