/* Lines of a help text that are set in. */
#include "help_text.h"

#include <argp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"

enum {
    WIDTH = 78,  /* which argp leaves as it is */
    FAR_IN = 8,  /* what goes on with a row of a table */
    GOES_ON = 4, /* an example, behind its backslash: so much farther in */
};

bool help_text__is_heading(const char *line, size_t length)
{
    return length > 0 && line[0] >= 'A' && line[0] <= 'Z' && strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ ") == length;
}

bool help_text__is_of_examples(const char *heading, size_t length)
{
    return length == strlen("EXAMPLES") && strncmp(heading, "EXAMPLES", length) == 0;
}

static size_t blanks_of(const char *line, size_t length)
{
    size_t blanks = 0;
    while (blanks < length && line[blanks] == ' ')
        blanks++;
    return blanks;
}

/* Where the second column begins; 0: there is one only. */
static size_t gap_in(const char *line, size_t length)
{
    for (size_t i = blanks_of(line, length); i + 2 < length; i++)
        if (line[i] == ' ' && line[i + 1] == ' ')
            return i + blanks_of(line + i, length - i);
    return 0;
}

/* A row whose first column leaves no room for the second, which stands below. */
static bool goes_on_far_in(const char *line, size_t length)
{
    const char *next = line[length] == '\n' ? line + length + 1 : "";
    return blanks_of(next, strcspn(next, "\n")) >= FAR_IN;
}

bool help_text__is_fixed(const char *line, size_t length, bool is_of_examples)
{
    size_t blanks = blanks_of(line, length);
    return blanks > 0 && blanks < length &&
           (is_of_examples || blanks >= FAR_IN || gap_in(line, length) > 0 || goes_on_far_in(line, length));
}

/* ---- Breaking one ------------------------------------------------------------------------------------------------ */

/* Of UTF-8, what comes behind a letter's first byte takes no column. */
static size_t columns_of(const char *text, size_t length)
{
    size_t columns = 0;
    for (size_t i = 0; i < length; i++)
        columns += ((unsigned char)text[i] & 0xc0) != 0x80;
    return columns;
}

/* Of a shell's line: behind a word and outside quotes, else it would be another line. '\0': no quote is open. */
static bool may_break(char *quote, char letter, bool is_of_shell)
{
    if (is_of_shell && *quote == '\0' && (letter == '\'' || letter == '"'))
        *quote = letter;
    else if (letter == *quote)
        *quote = '\0';
    return letter == ' ' && *quote == '\0';
}

/* How much of the text fits, a whole word of it in any case. */
static size_t piece_of(const char *text, size_t length, size_t room, bool is_of_shell)
{
    char quote = '\0';
    size_t last = 0, ending = is_of_shell ? strlen(" \\") : 0;
    if (length <= room)
        return length;
    for (size_t i = 0; i < length; i++) {
        bool may = may_break(&quote, text[i], is_of_shell) && i > 0;
        if (may && last > 0 && i + ending > room)
            return last;
        if (may)
            last = i;
    }
    return last > 0 && length > room ? last : length;
}

static void put_pieces(FILE *out, const char *text, size_t length, size_t indent, size_t first, bool is_of_shell,
                       size_t width)
{
    for (size_t used = first; length > 0; used = indent) {
        size_t piece = piece_of(text, length, width > used ? width - used : 1, is_of_shell);
        fwrite(text, 1, piece, out);
        text += piece;
        length -= piece;
        size_t blanks = blanks_of(text, length);
        text += blanks;
        length -= blanks;
        if (length > 0)
            fprintf(out, "%s\n%*s", is_of_shell ? " \\" : "", (int)indent, "");
    }
}

char *help_text__broken(const char *line, size_t length, bool is_of_examples, size_t width)
{
    char *text = NULL;
    size_t size = 0, blanks = blanks_of(line, length), gap = is_of_examples ? 0 : gap_in(line, length);
    size_t begin = gap > 0 ? gap : blanks;
    FILE *out = open_memstream(&text, &size);
    if (out != NULL) {
        fwrite(line, 1, begin, out);
        put_pieces(out, line + begin, length - begin, is_of_examples ? blanks + GOES_ON : columns_of(line, begin),
                   begin, is_of_examples, width);
    }
    if (out == NULL || fclose(out) != 0)
        heap__ran_out();
    return text;
}

/* ---- All of a text ----------------------------------------------------------------------------------------------- */

char *help_text__filter(int key, const char *text, void *input)
{
    (void)input;
    if (text == NULL || (key != ARGP_KEY_HELP_PRE_DOC && key != ARGP_KEY_HELP_POST_DOC))
        return (char *)(uintptr_t)text;
    char *whole = heap__copied("");
    bool is_of_examples = false;
    for (const char *line = text, *end; line != NULL; line = end != NULL ? end + 1 : NULL) {
        end = strchr(line, '\n');
        size_t length = end != NULL ? (size_t)(end - line) : strlen(line);
        if (help_text__is_heading(line, length))
            is_of_examples = help_text__is_of_examples(line, length);
        bool is_set_in = length > 0 && line[0] == ' ';
        char *lines = is_set_in ? help_text__broken(line, length, is_of_examples, WIDTH) : strndup(line, length);
        char *longer = heap__printed("%s%s%s", whole, lines, end != NULL ? "\n" : "");
        free(lines);
        free(whole);
        whole = longer;
    }
    return whole;
}
