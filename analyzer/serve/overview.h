/* All processes of a directory at a glance: as the first page, and as JSON. */
#ifndef OVERVIEW_H
#define OVERVIEW_H

#include <stdio.h>

#include "watchtower.h"

/* "27 processes run watched, but 3 ledgers cannot be read", or why nothing is known; allocated. */
char *overview__state(const struct watchtower *watchtower);

void overview__html(FILE *out, const struct watchtower *watchtower);
/* pid 0: of all processes. */
void overview__json(FILE *out, const struct watchtower *watchtower, uint32_t pid);

#endif
