/* Where a process with one thread may get a second one.
 *
 * DESIGN. With one thread the C library takes no locks in malloc, and the new thread, which allocates, would come in between.
 * So the one thread is stopped where it is in no such function: in a system call of the C library's that none of them makes,
 * or outside of it and of any other module that allocates. Where it does not wait, its stack is looked through for return
 * addresses into malloc and its like; what is found may be stale, and then it is only another try.
 *
 * A signal handler may have interrupted anything. While one is at work its signal is blocked (but for SA_NODEFER), so where
 * signals that have handlers are blocked, nothing may be on the stack that looks like the way back from one. */
#ifndef ATTACH_SAFE_POINT_H
#define ATTACH_SAFE_POINT_H

#include <stdbool.h>

#include "target.h"

#if defined(__x86_64__)
#include <sys/user.h>

/* To be called while the thread stands still. mask: the signals that it has blocked. */
bool safe_point__is(const struct attach_target *target, const struct user_regs_struct *registers, uint64_t mask);
#endif

#endif
