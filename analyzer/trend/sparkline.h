/* How many descriptors were open over a life, in one row of characters. */
#ifndef SPARKLINE_H
#define SPARKLINE_H

#include "trend.h"

/* Allocated, so many columns wide; NULL: there is nothing to draw. `most`: what the highest one stands for. */
char *sparkline__of(const struct trend_process *process, size_t columns, bool is_utf8, uint64_t *most);

#endif
