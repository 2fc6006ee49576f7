/* The parts of the manual pages, all written to stdout. */
#ifndef PARTS_H
#define PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "commands/commands.h"

/* Headings: what is named in the middle may hold anything. The paragraph behind one begins without being told to. */
void manual_roff__title(const char *name);
void manual_roff__section(const char *title, size_t length);
void manual_roff__subsection(const char *before, const char *name, size_t length);

void manual_roff__text(const char *text);
void manual_roff__line_break(void);                            /* none right below a heading */
void manual_roff__paragraphs(const char *text, size_t length); /* examples and tables stay as they are */

/* The section that begins at `text`, its heading or what stands before the first one: its length. */
size_t manual_doc__section(const char *text);
const char *manual_doc__behind_split(const char *doc); /* what stands there behind the options */

void manual__synopsis(const struct command *command);
int manual__finish(void); /* the exit status: could it be written? */

/* The options of all commands, each once, with the commands that take it; or those of one. */
void manual__options(const struct command *const *commands);
void manual__options_of(const struct command *command);

/* What LEAKWATCH_OPTIONS takes: libleakwatch.so itself says so. */
void manual__settings(void);

#endif
