/* A stack in one line of a rule: patterns for frames that follow each other, the innermost first, with " < " between.
 *
 *     ^load conf.c$ < ^main app.c$    called by load in conf.c, which main in app.c called
 *     * < ^main app.c$                 * alone stands for any number of frames, or none
 *
 * A pattern is looked for in "function file"; the module stands for a file that is not known, ? for what else is not.
 * What is further out than the last pattern may be anything. */
#ifndef CHAIN_H
#define CHAIN_H

#include <stdbool.h>

#include "symbol/stack.h"

#define CHAIN_JOINT " < "

bool chain__matches(const char *chain, const struct stack *stack);

#endif
