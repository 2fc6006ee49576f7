/* libunwind, loaded privately when it is first needed, and the walk up one stack. */
#ifndef LW_UNWINDER_H
#define LW_UNWINDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "process/process.h"
#include "system/system.h"
#include "thread.h"

#pragma GCC visibility push(hidden)

#define LW_DEPTH 64
#define LW_WALK_SLOTS (2 * LW_DEPTH)

struct lw_walk {
    uint64_t address[LW_DEPTH];
    uint64_t sp[LW_DEPTH]; /* where each frame begins; 0: not known */
    uint32_t depth;
    /* What the outcome depended on, in the order in which it may be read again: see stack.c. */
    uint32_t slots;
    bool learnable;     /* false: it depended on something else too */
    bool interrupted;   /* a handler of signals was called amid something else than a system call */
    bool frame_pointer; /* it depended on the frame pointer that the caller had */
    bool plain;         /* libunwind was not asked */
    struct {
        uint64_t location, value;
    } slot[LW_WALK_SLOTS];
    _Alignas(16) uint8_t context[LW_CONTEXT_ROOM]; /* unw_context_t */
    _Alignas(16) uint8_t cursor[LW_CURSOR_ROOM];   /* unw_cursor_t */
    _Alignas(16) uint8_t trial_context[LW_CONTEXT_ROOM], trial_cursor[LW_CURSOR_ROOM];
};

enum lw_unwinder { LW_UNWINDER_UNTRIED, LW_UNWINDER_LOADING, LW_UNWINDER_LOADED, LW_UNWINDER_MISSING };
extern uint32_t lw_unwinder; /* enum lw_unwinder */

/* Loads libunwind, unless that has been tried. Raw system calls only: anywhere, with all signals blocked. */
void lw_unwinder_load(void);
/* In a child of fork: another thread may have been loading it, or walking in it, and is not here to go on. */
void lw_unwinder_forked(void);

/* Is an alternate signal stack in use? *room: bytes left below the frame. Says yes where it may not ask. */
bool lw_on_signal_stack(uint64_t *room);
/* Is there room on this stack for a walk? */
bool lw_stack_has_room(const void *frame);

/* Walks from a frame given by its registers, innermost address first, at most `limit` deep. All signals are
 * blocked. False: it could not be done; the walk then holds pc alone. */
bool lw_walk(struct lw_walk *walk, uint32_t limit, uint64_t pc, uint64_t sp, uint64_t fp);

#pragma GCC visibility pop

#endif
