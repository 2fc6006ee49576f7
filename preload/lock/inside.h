/* Locks that are held by who ends the process. */
#ifndef LW_INSIDE_H
#define LW_INSIDE_H

#pragma GCC visibility push(hidden)

/* The process ends, by exit, below this frame: marks which of this thread's locks were taken by functions that are not over. */
void lw_locks_inside(const void *frame);

#pragma GCC visibility pop

#endif
