/* Who calls: calls that the C library makes to itself are not the program's. */
#ifndef LW_CALLER_H
#define LW_CALLER_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"

#define LW_LIBC_RANGES 8
extern struct lw_range {
    uint64_t start, length;
} lw_libc[LW_LIBC_RANGES];
extern uint32_t lw_libc_ranges;

/* Finds where the C library's pieces (one since 2.34, several before) are mapped. */
void lw_caller_start(void);

static inline bool lw_in_libc(uint64_t address)
{
    for (uint32_t i = 0; i < lw_libc_ranges; i++)
        if (address - lw_libc[i].start < lw_libc[i].length)
            return true;
    return false;
}

static inline bool lw_called_by_libc(const void *frame)
{
    return lw_in_libc(LW_CALLER_PC(frame));
}

#endif
