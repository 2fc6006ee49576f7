/* The processor's own clock: durations of scopes are shorter than the kernel's tick. Its rate is for the reader to work
 * out, from the pairs in the ledger's header. */
#ifndef LW_CLOCK_H
#define LW_CLOCK_H

#include <stdint.h>

static inline uint64_t lw_clock(void)
{
#if defined(__x86_64__)
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
#elif defined(__aarch64__)
    uint64_t now;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(now));
    return now;
#else
#error "another processor needs its clock here"
#endif
}

#endif
