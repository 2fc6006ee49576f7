/* The time by which durations are measured, and that ledgers write down. */
#ifndef MOMENT_H
#define MOMENT_H

#include <stdint.h>

/* CLOCK_MONOTONIC, in nanoseconds. */
uint64_t moment__now(void);

#endif
