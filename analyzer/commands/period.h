/* Lengths of time, as options name them. */
#ifndef PERIOD_H
#define PERIOD_H

#include <stdbool.h>
#include <stdint.h>

/* "90d", "12h", "30min" or "30m", "45s", "2w": seconds. False: it is none, or 0, or longer than a century. */
bool period__parse(const char *text, double *seconds);

#endif
