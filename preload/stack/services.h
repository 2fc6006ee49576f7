/* What libunwind calls, answered by us. */
#ifndef LW_SERVICES_H
#define LW_SERVICES_H

#include <stdint.h>

#include "private_library.h"

#pragma GCC visibility push(hidden)

/* The functions that libunwind finds outside of itself. */
lw_provider lw_unwinder_service;
/* What it is told in one walk. */
#define LW_READS 8
struct lw_reads {
    uint64_t at;             /* the address at which the walk stands: what it asks for next lies there */
    uint32_t count;          /* pages that were found to be readable; */
    uint64_t page[LW_READS]; /* their numbers, of the last ones */
};
/* This thread walks, or does not any more: NULL. Gives what it did before. */
struct lw_reads *lw_unwinder_reads(struct lw_reads *reads);
void lw_unwinder_at(uint64_t pc);

#pragma GCC visibility pop

#endif
