/* What tells sites apart that would read the same: who called. */
#ifndef CALLERS_H
#define CALLERS_H

#include "trend.h"

/* Fills in `caller` of the sites. */
void trend_callers__find(struct trend *trend);

#endif
