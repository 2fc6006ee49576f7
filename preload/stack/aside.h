/* Slow steps are made aside: on a stack of our own, with all signals blocked. */
#ifndef LW_ASIDE_H
#define LW_ASIDE_H

#include <stdbool.h>

#include "thread.h"

#pragma GCC visibility push(hidden)

/* Calls step(argument) aside. Where nothing may be asked of the system (lw_strict), or there is no memory, it is called on
 * the program's stack; false: it was not called at all, there being too little room on that either. */
bool lw_aside(void (*step)(void *), void *argument);
#define LW_NESTED                                                                                                      \
    2u /* a handler that interrupts a step has its stacks walked, one that interrupts that handler has not */

/* Is this, whose frame stands there, a handler within a handler that each came in at the end of a slow step? Then what can
 * do without one does. */
static inline bool lw_aside_nests(struct lw_thread *thread, const void *frame)
{
    if (thread->letting_in && (uint64_t)frame >= thread->let_in_from)
        thread->letting_in = 0;
    return thread->letting_in >= LW_NESTED;
}

#pragma GCC visibility pop

#endif
