/* Text that a program chose (paths, names, arguments), made safe to show: it can neither move the cursor, nor change
 * colours, nor reverse the order of what follows, nor break a line.
 *
 * Kept: printable ASCII and valid UTF-8. Shown as \xNN: control characters and bytes that are no valid UTF-8. Shown as
 * \uNNNN or \UNNNNNNNN: characters that are invisible or turn the writing direction. A backslash stays: what has been
 * escaped may be escaped once more without harm. */
#ifndef ESCAPE_H
#define ESCAPE_H

#include <stddef.h>
#include <stdio.h>

/* As snprintf: writes at most `room` bytes, the ending 0 included, and returns the length of the whole. What does not
 * fit is left out by whole characters. */
size_t escape__terminal(char *out, size_t room, const char *text, size_t length);

/* The same, allocated; the caller frees it. Ends the program with one line when memory has run out. */
char *escape__new(const char *text, size_t length);

/* The same, written to a file. */
void escape__print(FILE *file, const char *text, size_t length);

/* Within double quotes, as below; allocated. */
char *escape__new_quoted(const char *text, size_t length);

/* Within double quotes, which are written too; a quote inside becomes \", a backslash two: nothing is ambiguous. */
void escape__print_quoted(FILE *file, const char *text, size_t length);

#endif
