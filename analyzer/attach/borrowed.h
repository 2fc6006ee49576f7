/* One thread of a process, borrowed for two system calls, and given back as it was.
 *
 * DESIGN. The thread is stopped, and its registers are set to a few instructions of ours (stub.c), which make the call and
 * then put back everything that the thread had, by themselves: whatever becomes of us, from that moment on the thread goes
 * its way. No stack of the program is touched, no signal is sent, no handler changed, no page made executable. Signals are
 * blocked meanwhile, and delivered after it.
 *
 * While it stands still it comes before others, where that is allowed, so that it is given back soon on a busy machine.
 *
 * Where all goes well the registers are put back by us, and the kernel does what it always does with a call that was
 * interrupted: it makes it again, or has it fail by EINTR, as the call and the signals that have come demand. */
#ifndef ATTACH_BORROWED_H
#define ATTACH_BORROWED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "frames.h"
#include "target.h"

#if defined(__x86_64__)
#include <sys/user.h>

struct borrowed {
    const struct attach_target *target;
    pid_t thread; /* 0: it could not be stopped */
    struct user_regs_struct saved;
    uint64_t mask;        /* signals that it has blocked */
    uint64_t schedule[7]; /* how it comes to a processor: struct sched_attr, as the kernel has it */
    uint64_t stub;        /* where our instructions stand; 0: not there yet */
    uint64_t since;       /* CLOCK_MONOTONIC, ns: it stands still from here on */
    uint64_t before_stop; /* the last time it was seen to run on, before its last stop */
    uint64_t longest;     /* ns that it stood still at most */
    unsigned tries;       /* what it took to find it where it may be stopped */
};

/* Each gives NULL, or why not, in one line, allocated; then the thread goes on as if nothing had been. */

/* Becomes its tracer, and stops it: with its frames, only where safe_point.h lets it; NULL: anywhere. */
char *borrowed__stop(struct borrowed *borrowed, const struct attach_target *target, struct frames *frames);
/* Makes a system call. */
char *borrowed__call(struct borrowed *borrowed, long number, const uint64_t arguments[6], uint64_t for_child,
                     int64_t *result);
/* Lets it go. */
void borrowed__give_back(struct borrowed *borrowed);

#endif
#endif
