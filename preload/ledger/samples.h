/* What the ledger has of time: samples, exhaustion. */
#ifndef LW_SAMPLES_H
#define LW_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leakwatch/ledger.h"

#pragma GCC visibility push(hidden)

extern uint64_t lw_next_sample; /* a copy of the ledger's, at hand */
void lw_take_sample(uint64_t now);
static inline void lw_sample(uint64_t now)
{
    if (now >= lw_next_sample)
        lw_take_sample(now);
}
/* A reading of the fine clock, with the time: two of them give its rate. */
void lw_note_clock(void);
void lw_samples_forget(void);
bool lw_is_table_full(uint32_t thread, uint64_t now); /* after an EMFILE */
void lw_note_exhaustion(uint32_t stack, uint32_t call, uint32_t thread, uint64_t now, int error);
#pragma GCC visibility pop

#endif
