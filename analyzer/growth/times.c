/* Times in order. */
#include "times.h"

#include <stdlib.h>

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

void times__sort(uint64_t *times, size_t count)
{
    if (count > 1)
        qsort(times, count, sizeof *times, compare);
}

size_t times__until(const uint64_t *times, size_t count, uint64_t time)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (times[middle] <= time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
