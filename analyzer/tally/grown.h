/* What the growth of a place shows, told with a finding. */
#ifndef GROWN_H
#define GROWN_H

#include "group.h"

/* Chooses what the finding says of its growth, and adds its facts; steady: what is the same in the next run alone. */
void grown__add(const struct group *group, struct finding *finding, struct pool *pool, bool steady);

#endif
