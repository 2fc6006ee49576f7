/* The processor's own clock: durations of scopes are shorter than the kernel's tick. Its rate is for the reader to work
 * out, from the pairs in the ledger's header. */
#ifndef LW_CLOCK_H
#define LW_CLOCK_H

#include <stdint.h>

#pragma GCC visibility push(hidden)

/* A process may forbid itself to read it, by a signal that kills. It stands still from then on, whatever came of that, and
 * whichever of its threads may read it again: what it said last; 0: it runs. */
extern uint64_t lw_clock_stood;
void lw_clock_stop(void);

/* Where it is known to run. */
static inline uint64_t lw_clock_running(void)
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

static inline uint64_t lw_clock(void)
{
    return __builtin_expect(lw_clock_stood != 0, 0) ? lw_clock_stood : lw_clock_running();
}

#pragma GCC visibility pop

#endif
