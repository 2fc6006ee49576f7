/* Processes by program. */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include "trend.h"

/* Fills the trend's programs from its processes, which are in order, and says which of these count. */
void trend_programs__find(struct trend *trend);

#endif
