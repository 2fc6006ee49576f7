/* libunwind, loaded privately when it is first needed, and the walk up one stack. */
#ifndef LW_UNWINDER_H
#define LW_UNWINDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"
#include "process.h"
#include "thread.h"

#pragma GCC visibility push(hidden)

#define LW_DEPTH 64
#define LW_WALK_SLOTS (2 * LW_DEPTH)

struct lw_walk {
    uint64_t address[LW_DEPTH];
    uint32_t depth;
    /* What the outcome depended on, in the order in which it may be read again: see stack.c. */
    uint32_t slots;
    bool learnable;     /* false: it depended on something else too */
    bool frame_pointer; /* it depended on the frame pointer that the caller had */
    struct {
        uint64_t location, value;
    } slot[LW_WALK_SLOTS];
    _Alignas(16) uint8_t context[LW_CONTEXT_ROOM]; /* unw_context_t */
    _Alignas(16) uint8_t cursor[LW_CURSOR_ROOM];   /* unw_cursor_t */
    _Alignas(16) uint8_t trial_context[LW_CONTEXT_ROOM], trial_cursor[LW_CURSOR_ROOM];
};

enum lw_unwinder { LW_UNWINDER_UNTRIED, LW_UNWINDER_LOADED, LW_UNWINDER_MISSING };
extern uint32_t lw_unwinder; /* enum lw_unwinder */
extern volatile bool
    lw_unwinder_wait; /* not now: the allocator is at work (volatile: no compiler thinks that malloc asks) */

/* Loads libunwind. Only where the heap can be trusted: see lw_quiet. */
void lw_unwinder_load(void);
/* May the loader and the heap be used here? Not in what looks like a signal handler: it may have interrupted malloc. */
bool lw_quiet(const void *frame);

/* Is an alternate signal stack in use? *room: bytes left below the frame. Says yes where it may not ask. */
bool lw_on_signal_stack(uint64_t *room);
/* Is there room on this stack for a walk? */
bool lw_stack_has_room(const void *frame);

/* Walks from a frame given by its registers, innermost address first, at most `limit` deep. All signals are
 * blocked. False: it could not be done; the walk then holds pc alone. */
bool lw_walk(struct lw_walk *walk, uint32_t limit, uint64_t pc, uint64_t sp, uint64_t fp);

/* What libunwind asks of hooked functions while it walks: answered here, so that it never holds descriptors and makes
 * next to no system calls. Each is called by its hook when this thread is walking. */
static inline bool lw_walking_here(void)
{
    return lw_phase >= LW_PHASE_READY && lw_thread.unwinding;
}
int lw_unwinder_pipe(int fds[2]);
long lw_unwinder_write(const void *address);

#pragma GCC visibility pop

#endif
