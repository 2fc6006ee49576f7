/* Which ledgers tell of one process: of the programs that it executed one after the other, or of each time that it was attached
 * to. */
#ifndef SUCCESSIONS_H
#define SUCCESSIONS_H

#include <stddef.h>

#include "model/finding.h"

/* Fills in `before` and `is_succeeded`; `before` counts in this list. */
void successions__find(struct process *const *processes, size_t count);

#endif
