/* Code of those that run functions made at run time, in stacks of such functions. */
#ifndef RUNTIME_H
#define RUNTIME_H

#include "symbols.h"

struct runtime; /* its frames, as they are told there; NULL: none yet */

/* Where functions made at run time have names, what runs them is told as a library: nobody looks for it. */
void runtime__set_apart(struct runtime **runtimes, const struct frame **frames, size_t count);
void runtime__free(struct runtime *runtimes);

#endif
