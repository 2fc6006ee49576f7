/* Numbers in order, the smallest first: times, addresses. */
#ifndef NUMBERS_H
#define NUMBERS_H

#include <stddef.h>
#include <stdint.h>

void numbers__sort(uint64_t *numbers, size_t count);
/* How many of them are smaller than this one, or are this one. */
size_t numbers__until(const uint64_t *numbers, size_t count, uint64_t number);

#endif
