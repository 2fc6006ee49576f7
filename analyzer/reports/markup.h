/* Text as XML and HTML hold it, between tags and within quoted attributes. */
#ifndef MARKUP_H
#define MARKUP_H

#include <stdio.h>

/* What the program chose: escaped as for a terminal first (control characters are no XML), then as markup. */
void markup__text(FILE *out, const char *text);

/* What is fit for a terminal already, several lines perhaps: as markup. */
void markup__lines(FILE *out, const char *text);

#endif
