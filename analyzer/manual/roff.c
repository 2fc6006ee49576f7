/* Text as roff. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

static bool is_fresh; /* a heading was last */

/* One line of text. A dot or quote at its beginning would be a request. */
static void put_line(const char *line, size_t length)
{
    if (length > 0 && (line[0] == '.' || line[0] == '\''))
        fputs("\\&", stdout);
    for (size_t i = 0; i < length; i++) {
        if (line[i] == '\\')
            fputs("\\e", stdout);
        else if (line[i] == '-')
            fputs("\\-", stdout);
        else
            putchar(line[i]);
    }
}

void manual_roff__title(const char *name)
{
    fputs(".TH ", stdout);
    for (const char *letter = name; *letter != '\0'; letter++)
        putchar(toupper((unsigned char)*letter));
    puts(" 1 \"" LEAKWATCH_DATE "\" \"leakwatch " LEAKWATCH_VERSION "\" \"User Commands\"");
}

void manual_roff__section(const char *title, size_t length)
{
    printf(".SH %.*s\n", (int)length, title);
    is_fresh = true;
}

void manual_roff__subsection(const char *before, const char *name, size_t length)
{
    printf(".SS %s", before);
    put_line(name, length);
    putchar('\n');
    is_fresh = true;
}

void manual_roff__text(const char *text)
{
    put_line(text, strlen(text));
    is_fresh = false;
}

static void request(const char *name)
{
    if (!is_fresh)
        puts(name);
    is_fresh = false;
}

void manual_roff__line_break(void)
{
    request(".br");
}

bool manual_roff__is_heading(const char *line, size_t length)
{
    return length > 0 && line[0] >= 'A' && line[0] <= 'Z' && strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ ") == length;
}

/* Headings stand alone in capitals; what is indented stands as it is, except a paragraph longer than a line. */
void manual_roff__paragraphs(const char *text, size_t length)
{
    enum { LINE = 110 };
    for (const char *line = text, *end = text + length; line < end;) {
        size_t rest = (size_t)(end - line), here = strcspn(line, "\n");
        here = here < rest ? here : rest;
        bool is_indented = here > 2 && line[0] == ' ' && here <= LINE;
        size_t blanks = strspn(line, " ") < here ? strspn(line, " ") : here;
        if (manual_roff__is_heading(line, here)) {
            request(".PP");
            fputs(".B ", stdout);
        } else if (is_indented)
            request(".br");
        else if (here > 0)
            request(".PP");
        put_line(line + blanks, here - blanks);
        if (here > 0)
            putchar('\n');
        line += here < rest ? here + 1 : here;
    }
}
