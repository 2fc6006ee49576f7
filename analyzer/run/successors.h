/* Which images of a run left no ledger. */
#ifndef SUCCESSORS_H
#define SUCCESSORS_H

#include <stddef.h>

#include "ledger_list.h"
#include "roll.h"

struct successors {
    size_t
        filtered; /* executed under a seccomp filter, which may have forbidden a program that can be watched its ledger */
    size_t other_users; /* executed by root as somebody else, who may not write where root may */
    size_t others;      /* cannot be watched, most likely */
};

/* How many of these ledgers end with an exec while none of the others is of the image after it. For ledgers of a run
 * with keep=all, where every image leaves one, or is on the roll. */
struct successors successors__missing(const struct ledger_list *ledgers, const struct roll *roll);

#endif
