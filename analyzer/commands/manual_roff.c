/* Text as roff. */
#include "manual.h"

#include <stdio.h>
#include <string.h>

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

void manual_roff__text(const char *text)
{
    put_line(text, strlen(text));
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
        if (manual_roff__is_heading(line, here))
            fputs(".PP\n.B ", stdout);
        else if (is_indented)
            fputs(".br\n", stdout);
        else if (here > 0)
            fputs(".PP\n", stdout);
        put_line(line + blanks, here - blanks);
        if (here > 0)
            putchar('\n');
        line += here < rest ? here + 1 : here;
    }
}
