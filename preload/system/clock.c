/* The processor's own clock, where a process gives up reading it. */
#include "clock.h"

__attribute__((section(".lw_hot"))) uint64_t lw_clock_stood; /* LW_HOT_DATA, which rooms above name */

void lw_clock_stop(void)
{
    lw_clock_stood = lw_clock() | 1;
}
