/* Text as Markdown holds it, escaped as for a terminal first.
 *
 * DESIGN. What the program chose stands in code spans and fenced blocks only: there it can be neither markup nor a link
 * nor call people by their names. Fences are longer than any row of backticks within. */
#ifndef MARKDOWN_TEXT_H
#define MARKDOWN_TEXT_H

#include <stddef.h>
#include <stdio.h>

void markdown_text__code(FILE *out, const char *text);  /* what the program chose: a code span */
void markdown_text__words(FILE *out, const char *text); /* sentences, in which nothing is markup */

/* The longest row of backticks in a text, and a row of so many: a fence is longer. */
size_t markdown_text__backticks(const char *text);
void markdown_text__fence(FILE *out, size_t length);

#endif
