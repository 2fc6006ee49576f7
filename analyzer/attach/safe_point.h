/* Where a process with one thread may get a second one.
 *
 * DESIGN. With one thread the C library takes no locks in malloc, and the new thread, which allocates, would come in between.
 * So the one thread is stopped where it is in no such function: in a system call of the C library's that none of them makes,
 * or outside of it and of any other module that allocates. A stack is looked through for return addresses into malloc and its
 * like, and into the return from a signal handler, below which anything may have been interrupted; what it finds may be
 * stale, and then it is only another try. */
#ifndef ATTACH_SAFE_POINT_H
#define ATTACH_SAFE_POINT_H

#include <stdbool.h>

#include "target.h"

#if defined(__x86_64__)
#include <sys/user.h>

/* To be called while the thread stands still. */
bool safe_point__is(const struct attach_target *target, const struct user_regs_struct *registers);
#endif

#endif
