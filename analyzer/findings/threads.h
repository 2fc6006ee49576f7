/* What is told of threads besides: where they begin, what they keep. */
#ifndef THREADS_H
#define THREADS_H

#include "slots.h"

/* Of one that has ended and was not joined. */
void threads__tell_what_it_keeps(const struct inquiry *inquiry, struct tally *tally, const struct lw_slot *slot);

/* The name of one that still runs is on its board. */
void threads__identify(struct illustration *illustration, const struct inquiry *inquiry, const struct lw_slot *slot);

/* Of any. */
void threads__tell_where_it_began(const struct inquiry *inquiry, struct tally *tally, const struct lw_slot *slot);

#endif
