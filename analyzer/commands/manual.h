/* The parts of the manual page, all written to stdout. */
#ifndef MANUAL_H
#define MANUAL_H

#include <stdbool.h>
#include <stddef.h>

#include "commands.h"

void manual_roff__text(const char *text);
void manual_roff__paragraphs(const char *text, size_t length);
bool manual_roff__is_heading(const char *line, size_t length); /* it stands alone, in capitals */

/* The options of all commands, each once, with the commands that take it. */
void manual__options(const struct command *const *commands);

/* What LEAKWATCH_OPTIONS takes: libleakwatch.so itself says so. */
void manual__settings(void);

#endif
