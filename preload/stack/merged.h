/* Stacks in which the lines of an interpreted program stand in the place of the interpreter's code. */
#ifndef LW_MERGED_H
#define LW_MERGED_H

#include <stdbool.h>
#include <stdint.h>

#include "python/python.h"
#include "trace.h"
#include "unwinder.h"

#pragma GCC visibility push(hidden)

struct lw_merged; /* those that a thread remembers */

struct lw_merged *lw_merged_new(void); /* NULL: there is no memory */
void lw_merged_wipe(struct lw_merged *merged);

/* Does an interpreter, of which lines can be told, run code in this walk? */
bool lw_merged_has_lines(const struct lw_walk *walk);

/* The trace's stack and memo are those of the code: are they remembered with the lines at which the interpreter is now?
 * Then they become the trace's. */
bool lw_merged_recall(struct lw_merged *merged, struct lw_trace *trace);

/* The number of the stack of this walk, whose code alone has the number `native`, with the lines; 0: there are none. It is
 * remembered, with a memo, where the walk is learnable. All signals are blocked. */
uint32_t lw_merged_learn(struct lw_merged *merged, const struct lw_walk *walk, uint32_t native, struct lw_memo **memo);

/* As lw_stack_through, by a look at the steps that were made of late. All signals are blocked. */
uint32_t lw_merged_step(struct lw_merged *merged, uint64_t address, uint32_t parent);

#pragma GCC visibility pop

#endif
