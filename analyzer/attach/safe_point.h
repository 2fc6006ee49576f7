/* Where a process with one thread may get a second one.
 *
 * DESIGN. With one thread the C library takes no locks in malloc, and the new thread, which allocates, would come in between.
 * So the one thread is stopped where it is in no such function, nor in the loader.
 *
 * Where it is in a system call, its stack is followed (frames.h): that says in which functions it is, those included that a
 * signal's handler has interrupted. An interrupted piece of the C library may be any, unless that waited in a call, too.
 *
 * Where the stack cannot be followed, and where it runs, more must hold. A call must be one of the C library's that no such
 * function makes; else it must be outside of it and of any other module that allocates. Where it does not wait, its stack is
 * looked through for return addresses into malloc and its like; what is found may be stale, and then it is only another try.
 * While a handler is at work its signal is blocked (but for SA_NODEFER), so where signals that have handlers are blocked,
 * nothing may be on the stack that looks like the way back from one. */
#ifndef ATTACH_SAFE_POINT_H
#define ATTACH_SAFE_POINT_H

#include <stdbool.h>

#include "frames.h"
#include "target.h"

#if defined(__x86_64__)
#include <sys/user.h>

enum safe_point {
    SAFE_POINT,
    SAFE_POINT_RUNS,      /* no: it runs in a library that allocates */
    SAFE_POINT_MAY_RUN,   /* it runs elsewhere, but what is on its stack looks like malloc */
    SAFE_POINT_STARTS,    /* it starts a process, becomes another program, or ends */
    SAFE_POINT_ALLOCATES, /* it is in malloc, and so on */
    SAFE_POINT_LOADS,
    SAFE_POINT_INTERRUPTED_ALLOCATOR, /* in a signal's handler … */
    SAFE_POINT_INTERRUPTED_LIBRARY,
    SAFE_POINT_UNKNOWN,      /* its stack cannot be followed, and what is on it looks like one of these */
    SAFE_POINT_UNKNOWN_CALL, /* it is in a call that such functions may make, and there is no knowing more */
};

/* To be called while the thread stands still. mask: the signals that it has blocked. */
enum safe_point safe_point__judge(const struct attach_target *target, struct frames *frames,
                                  const struct user_regs_struct *registers, uint64_t mask);
/* What the one thread does, where it is none: "is in malloc". */
const char *safe_point__tell(enum safe_point why);
#endif

#endif
