/* Text as roff. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/help_text.h"
#include "parts.h"

enum { WIDTH = 70 }; /* of lines that stay as they are: behind a page's margin, on a terminal of 80 columns */

static bool is_fresh;       /* a heading was last */
static bool is_of_examples; /* the section */

/* What a shell would not know again: groff has other letters for these keys. */
static const char *letter_of(char key)
{
    static const struct {
        char key;
        const char *letter;
    } letters[] = {{'\\', "\\e"}, {'-', "\\-"}, {'\'', "\\(aq"}, {'`', "\\(ga"}, {'^', "\\(ha"}, {'~', "\\(ti"}};
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
        if (letters[i].key == key)
            return letters[i].letter;
    return NULL;
}

/* One line of text. A dot at its beginning would be a request. */
static void put_line(const char *line, size_t length)
{
    if (length > 0 && line[0] == '.')
        fputs("\\&", stdout);
    for (size_t i = 0; i < length; i++) {
        const char *letter = letter_of(line[i]);
        if (letter != NULL)
            fputs(letter, stdout);
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
    puts(".nh\n.ad l"); /* a hyphen in an option, or blanks in a command, would be pasted along */
}

void manual_roff__section(const char *title, size_t length)
{
    printf(".SH %.*s\n", (int)length, title);
    is_fresh = true;
    is_of_examples = help_text__is_of_examples(title, length);
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

/* Where such a line ends the last one does, too. */
static void put_fixed(const char *line, size_t length, bool *is_fixed)
{
    char *lines = help_text__broken(line, length, is_of_examples, WIDTH), *rest = lines, *one;
    if (!*is_fixed) {
        request(".br");
        puts(".nf");
    }
    *is_fixed = true;
    while ((one = strsep(&rest, "\n")) != NULL) {
        put_line(one, strlen(one));
        putchar('\n');
    }
    free(lines);
}

static void put_filled(const char *line, size_t length)
{
    enum { LINE = 110 }; /* longer ones are paragraphs */
    size_t blanks = strspn(line, " ") < length ? strspn(line, " ") : length;
    if (help_text__is_heading(line, length)) {
        is_of_examples = help_text__is_of_examples(line, length);
        request(".PP");
        fputs(".B ", stdout);
    } else if (blanks > 0 && length <= LINE)
        request(".br");
    else
        request(".PP");
    put_line(line + blanks, length - blanks);
    putchar('\n');
}

void manual_roff__paragraphs(const char *text, size_t length)
{
    bool is_fixed = false;
    for (const char *line = text, *end = text + length; line < end;) {
        size_t rest = (size_t)(end - line), here = strcspn(line, "\n");
        here = here < rest ? here : rest;
        if (help_text__is_fixed(line, here, is_of_examples))
            put_fixed(line, here, &is_fixed);
        else if (here > 0) {
            if (is_fixed)
                puts(".fi");
            is_fixed = false;
            put_filled(line, here);
        }
        line += here < rest ? here + 1 : here;
    }
    if (is_fixed)
        puts(".fi");
}
