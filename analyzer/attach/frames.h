/* The frames of a thread that stands still: which functions it really is in.
 *
 * DESIGN. libdwfl follows the stack by the tables that each file has for exceptions (.eh_frame), stripped or not, with frame
 * pointers or without; they are exact where a thread is in a system call. It also goes on by guess where there is no table;
 * so each frame is looked up first, and the walk only counts as complete where a table leads from each frame to the next, up
 * to one that is said to be the outermost. The files are opened before the thread is stopped. */
#ifndef ATTACH_FRAMES_H
#define ATTACH_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "target.h"

struct frames;

/* Of what is mapped now. */
struct frames *frames__new(const struct attach_target *target);
void frames__free(struct frames *frames);

#if defined(__x86_64__)
#include <sys/user.h>

struct frame {
    uint64_t address;    /* within the instruction that it is at: the last byte of a call that has not returned */
    uint64_t next;       /* the instruction that comes next */
    bool is_interrupted; /* a signal came amid it, whose handler has not returned */
};

/* From the innermost on, as long as take gives true. Complete, or ended by take: true; false: it cannot be followed. */
bool frames__walk(struct frames *frames, const struct user_regs_struct *registers,
                  bool (*take)(void *context, const struct frame *frame), void *context);
#endif

#endif
