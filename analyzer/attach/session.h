/* Has a process call a function of our library, by a thread of its own.
 *
 * DESIGN. One thread is borrowed for two system calls: one for memory, one for a new thread (borrowed.h). The new thread
 * loads the library and calls the function while the process runs on: it waits for the loader's and malloc's locks as any
 * thread does, and so cannot come upon anything half done, nor keep it from being done. Where the process had one thread and
 * its C library spared itself those locks, it is told that there are two, at a point that is safe, and that it is one again
 * at another one.
 *
 * The memory is the thread's stack, what it has of each module's thread data, and what is passed. It stays: the C library
 * has noted where that data lies. The next session takes it again. */
#ifndef ATTACH_SESSION_H
#define ATTACH_SESSION_H

#include <stdint.h>

#include "leakwatch/attachment.h"
#include "target.h"

struct session {
    const struct attach_target *target;
    const char *library;                    /* to be loaded, or loaded already */
    const char *function;                   /* LEAKWATCH_ATTACH, LEAKWATCH_DETACH */
    struct leakwatch_attachment attachment; /* passed, and what has come of it */
    uint64_t longest_pause;                 /* ns that a thread of the process stood still */
    bool is_locked;                         /* all that it maps counts as locked in memory */
};

/* NULL: it was called, and attachment.result says the rest; else why not, in one line, allocated. */
char *session__perform(struct session *session);

#endif
