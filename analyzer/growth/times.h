/* Times in order: of births, the oldest first. */
#ifndef GROWTH_TIMES_H
#define GROWTH_TIMES_H

#include <stddef.h>
#include <stdint.h>

void times__sort(uint64_t *times, size_t count);
/* How many of them are before this one, or are this one. */
size_t times__until(const uint64_t *times, size_t count, uint64_t time);

#endif
