/* The time by which durations are measured. */
#include "moment.h"

#include <time.h>

uint64_t moment__now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}
