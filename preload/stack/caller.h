/* Who calls: calls that the C library makes to itself are not the program's. */
#ifndef LW_CALLER_H
#define LW_CALLER_H

#include <stdbool.h>
#include <stdint.h>

#include "system/system.h"

#pragma GCC visibility push(hidden)

#define LW_LIBC_RANGES 8
extern struct lw_range {
    uint64_t start, length;
} lw_libc[LW_LIBC_RANGES];
extern uint32_t lw_libc_callers; /* ranges whose calls are the C library's own; 0 where it comes in one piece */

/* Finds where the C library's pieces are mapped. */
void lw_caller_start(void);

static inline bool lw_in_ranges(uint64_t address, uint32_t ranges)
{
    for (uint32_t i = 0; i < ranges; i++)
        if (address - lw_libc[i].start < lw_libc[i].length)
            return true;
    return false;
}

bool lw_in_libc(uint64_t address);

static inline bool lw_called_by_libc(const void *frame)
{
    return lw_in_ranges(LW_CALLER_PC(frame), lw_libc_callers);
}

#pragma GCC visibility pop

#endif
