/* "Which stack is this?" -> a number in the ledger. Remembered where possible: a few loads instead of an unwind. */
#ifndef LW_TRACE_H
#define LW_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "system/system.h"
#include "thread.h"

#pragma GCC visibility push(hidden)

/* What the last events with this very stack came to, so that the next one need not search for it: memos.h. */
struct lw_memo {
    struct lw_pair acquired, released;
};

struct lw_trace {
    uint32_t stack;       /* 0: not known */
    struct lw_memo *memo; /* NULL: this stack is not remembered. It may become another stack's at any time */
};

/* The stack of the hook's caller. The thread must be enlisted. */
void lw_stack_here(struct lw_thread *thread, const void *frame, struct lw_trace *trace);

/* The same, if it is the first to be remembered by its key; memo NULL: it is not. Nothing is done, and nothing counted: who
 * goes on with it tallies stacks_remembered. The thread must have memory. */
struct lw_trace lw_stack_recalled(const struct lw_thread *thread, const void *frame);

/* The same, if it is remembered; else nothing is done. */
bool lw_stack_is_known(struct lw_thread *thread, const void *frame, struct lw_trace *trace);

/* Walks the stack of the hook's caller, whatever is remembered. All signals are blocked. False: it could not be done. */
struct lw_walk;
bool lw_stack_walk(struct lw_walk *walk, const void *frame);
/* Loads libunwind, if stacks are walked here, and nobody has yet. */
void lw_stack_prepare(void);
/* The same walk by libunwind, which is right about more frames than are plain, and the judge of what was walked without it. */
bool lw_stack_walk_by_libunwind(struct lw_walk *walk, const void *frame);

/* A stack of these frames, innermost first; 0: there is no room. merged: where steps are remembered; NULL: nowhere. */
struct lw_merged;
uint32_t lw_stack_interned(const uint64_t *address, uint32_t depth, struct lw_merged *merged);
/* A stack of one frame. */
uint32_t lw_stack_of_address(uint64_t address);
/* The stack that goes on from `parent` with a call that returns to this address; LW_OTHER: there is no room, for it or for
 * its parent. A stack without one of its frames would be another stack. */
uint32_t lw_stack_through(uint64_t address, uint32_t parent);
/* The same with a frame of this special address. */
uint32_t lw_stack_with(uint64_t special, uint32_t module, uint32_t parent);

#define LW_MEMORY (256u * 1024) /* of a thread, as far as it is used: an entry of 13 frames takes a third of a KiB */
#define LW_MEMORY_USED (2 * LW_PAGE) /* by the first stack */
struct lw_memory *lw_memory_new(void);
void lw_memory_wipe(struct lw_memory *memory); /* forget everything: another thread's it was */

#pragma GCC visibility pop

#endif
