/* What a scope has left is given back after all. */
#ifndef LW_LATE_H
#define LW_LATE_H

#include <stdint.h>

#include "lanes.h"
#include "leakwatch/ledger.h"

/* delay: since its scope ended, in nanoseconds. */
static inline void lw_note_later(struct lw_leftover *row, uint64_t delay)
{
    lw_count(&row->later);
    lw_raise(&row->longest, delay);
    __atomic_fetch_add(&row->delays[lw_power(delay, LW_LIFETIME_SHIFT, LW_LIFETIMES)], 1, __ATOMIC_RELAXED);
}

#endif
