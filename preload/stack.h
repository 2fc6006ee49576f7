/* "Which stack is this?" -> a number in the ledger. Remembered where possible: a few loads instead of an unwind. */
#ifndef LW_STACK_H
#define LW_STACK_H

#include <stdbool.h>
#include <stdint.h>

#include "thread.h"

#pragma GCC visibility push(hidden)

/* What the last event with this very stack came to, so that the next one need not search for it. */
struct lw_memo {
    uint32_t scope, call, site;                   /* acquired: (stack, scope, call) -> site */
    uint32_t release_site, release_call, release; /* released: (site, stack, call) -> release … */
    bool released_writable;                       /* … which is known to release what can be written to */
    struct lw_site_count *count, *released;
    uint64_t *release_count;
};

struct lw_trace {
    uint32_t stack;       /* 0: not known */
    struct lw_memo *memo; /* NULL: this stack is not remembered */
};

/* The stack of the hook's caller. The thread must be enlisted. */
void lw_stack_here(struct lw_thread *thread, const void *frame, struct lw_trace *trace);

/* A stack of one frame. */
uint32_t lw_stack_of_address(uint64_t address);
/* The stack that goes on from `parent` with a frame of this special address. */
uint32_t lw_stack_with(uint64_t special, uint32_t module, uint32_t parent);
/* Does this call interrupt a hook of the same thread? */
bool lw_interrupts(struct lw_thread *thread, const void *frame);

struct lw_memory *lw_memory_new(void);
void lw_memory_wipe(struct lw_memory *memory); /* forget everything: another thread's it was */

#pragma GCC visibility pop

#endif
