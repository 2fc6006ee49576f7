/* Slow steps are made aside: on a stack of our own, with all signals blocked. */
#ifndef LW_ASIDE_H
#define LW_ASIDE_H

#include <stdbool.h>

#pragma GCC visibility push(hidden)

/* Calls step(argument) aside. Where nothing may be asked of the system (lw_strict), or there is no memory, it is called on
 * the program's stack; false: it was not called at all, there being too little room on that either. */
bool lw_aside(void (*step)(void *), void *argument);

#pragma GCC visibility pop

#endif
