/* Text on a screen, by the columns that it takes there: wide characters take two. Texts are escaped already. */
#ifndef COLUMNS_H
#define COLUMNS_H

#include <stddef.h>
#include <stdio.h>

size_t columns__of(const char *text);

/* At most so many columns of it, allocated; what is left out at its end, or at its front, is shown as "…". */
char *columns__first(const char *text, size_t columns);
char *columns__last(const char *text, size_t columns);

/* As paragraphs are: broken at spaces, words that are too long anywhere. The first line begins after `begun` columns that
 * stand there already, all others with `indent` spaces. Ends with a newline. */
void columns__wrap(FILE *out, const char *text, size_t begun, size_t indent, size_t width);

#endif
