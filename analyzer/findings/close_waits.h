/* Sockets of a process that runs whose peer has hung up. */
#ifndef CLOSE_WAITS_H
#define CLOSE_WAITS_H

#include "inquiry.h"

struct close_waits;

/* NULL: its process has ended, or all of its peers are there. */
struct close_waits *close_waits__new(const struct inquiry *inquiry, struct connections *connections);
void close_waits__free(struct close_waits *waits);

/* One resource is one finding, and the more serious one tells of it. Is what this slot holds told of as close-wait, and
 * not as what it is otherwise, at this level? */
bool close_waits__tell_of(const struct inquiry *inquiry, const struct lw_slot *slot, enum level level);

/* If not: that its peer has hung up is said there. */
void close_waits__add_fact(const struct inquiry *inquiry, struct tally *tally, const struct lw_slot *slot);

#endif
