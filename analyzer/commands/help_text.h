/* The texts of --help and of the manual pages: lines that are set in stay lines of their own, whatever fills the rest. */
#ifndef HELP_TEXT_H
#define HELP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A heading stands alone, in capitals. Below that of examples, what is set in is for a shell. */
bool help_text__is_heading(const char *line, size_t length);
bool help_text__is_of_examples(const char *heading, size_t length);

/* An example, or a row of a table: "  name   what it is", or one that goes on with it, far in, or one that the next line
 * goes on with. The line is one of a text, with what follows it. */
bool help_text__is_fixed(const char *line, size_t length, bool is_of_examples);

/* The line that is set in, as lines of at most `width` bytes where its words let it: an example goes on behind a backslash,
 * anything else below where its text begins. The caller frees it. */
char *help_text__broken(const char *line, size_t length, bool is_of_examples, size_t width);

/* The help_filter of each command's argp, which would break such lines anywhere, and lets the rest begin at the margin. */
char *help_text__filter(int key, const char *text, void *input);

#endif
