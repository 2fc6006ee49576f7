/* How long before its table of descriptors was full a process's leak would have been told.
 *
 * DESIGN. The ledger is that of later: of what was held at a moment it knows the births of what is held still, and of what had
 * been given back by then only how much was in all, and after how long. So the moment is judged with those births, and with a
 * part of what was given back, as if that had come evenly. What was held then and came back since is missing: the leak
 * itself is not. The verdict must hold from that moment on, and ages must have been worth something by then. */
#ifndef FORESIGHT_H
#define FORESIGHT_H

#include <stdbool.h>

#include "growth/growth.h"

struct foresight {
    uint32_t site; /* that leaked, of those the one that held most */
    uint64_t time; /* from which on a look would have said so */
    size_t held;   /* then */
};

/* False: no look before this would have, that a table of this limit was full. */
bool foresight__of(const struct growth *growth, uint64_t full, uint64_t limit, struct foresight *foresight);

#endif
