/* Text on a screen, by the columns that it takes there. */
#include "columns.h"

#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/heap.h"

#define CUT "…"

enum { WIDEST = 2 };

/* How wide characters are, this locale knows; where it is missing, none is taken for narrow. */
static locale_t wide_locale(void)
{
    static locale_t locale;
    static bool was_asked;
    if (!was_asked)
        locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    was_asked = true;
    return locale;
}

/* The bytes of the character that text begins with, and its columns. */
static size_t measure(const char *text, size_t *columns)
{
    size_t length = 1;
    *columns = 1;
    if ((unsigned char)text[0] < 0x80)
        return length;
    while (((unsigned char)text[length] & 0xc0) == 0x80)
        length++;
    *columns = WIDEST;
    if (wide_locale() == (locale_t)0)
        return length;
    locale_t before = uselocale(wide_locale());
    wchar_t character;
    mbstate_t state = {0};
    size_t taken = mbrtowc(&character, text, length, &state);
    int width = taken == length ? wcwidth(character) : -1;
    uselocale(before);
    *columns = width >= 0 ? (size_t)width : WIDEST;
    return length;
}

size_t columns__of(const char *text)
{
    size_t sum = 0, columns;
    for (; *text != '\0'; sum += columns)
        text += measure(text, &columns);
    return sum;
}

/* How many bytes of it fit. */
static size_t fitting(const char *text, size_t room)
{
    size_t at = 0, columns;
    while (text[at] != '\0') {
        size_t length = measure(text + at, &columns);
        if (columns > room)
            break;
        room -= columns;
        at += length;
    }
    return at;
}

char *columns__first(const char *text, size_t columns)
{
    if (columns__of(text) <= columns)
        return heap__copied(text);
    if (columns == 0)
        return heap__copied("");
    return heap__printed("%.*s" CUT, (int)fitting(text, columns - 1), text);
}

char *columns__last(const char *text, size_t columns)
{
    size_t whole = columns__of(text), left_out;
    if (whole <= columns)
        return heap__copied(text);
    if (columns == 0)
        return heap__copied("");
    for (whole++; *text != '\0' && whole > columns; whole -= left_out)
        text += measure(text, &left_out);
    return heap__printed(CUT "%s", text);
}

/* The bytes of the line that it begins with. */
static size_t line_of(const char *text, size_t room)
{
    size_t length = fitting(text, room), end = length;
    if (text[length] == '\0' || text[length] == ' ')
        return length;
    while (end > 0 && text[end - 1] != ' ')
        end--;
    if (end > 0)
        return end;
    size_t columns; /* one word fills it all */
    return length > 0 ? length : measure(text, &columns);
}

void columns__wrap(FILE *out, const char *text, size_t begun, size_t indent, size_t width)
{
    size_t room = width > begun ? width - begun : 0;
    while (*text != '\0') {
        size_t length = line_of(text, room), shown = length;
        while (shown > 0 && text[shown - 1] == ' ')
            shown--;
        fwrite(text, 1, shown, out);
        putc('\n', out);
        text += length;
        text += strspn(text, " ");
        if (*text != '\0')
            fprintf(out, "%*s", (int)indent, "");
        room = width > indent ? width - indent : 1;
    }
}
