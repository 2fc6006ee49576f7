/* Lanes of the ledger: counters of one thread each. */
#ifndef LW_LANES_H
#define LW_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leakwatch/ledger.h"

#pragma GCC visibility push(hidden)

/* A lane for this thread: a free one, one whose thread has ended, a new one, or the shared one. NULL: no room. */
struct lw_lane *lw_lane_take(uint32_t thread, uint32_t *index);
/* At an end of the process as it wishes: who of its threads is still there. own: the thread that ends it. */
void lw_lanes_settle(uint32_t own);
struct lw_site_count *lw_lane_site(struct lw_lane *lane, uint32_t site);
uint64_t *lw_lane_release(struct lw_lane *lane, uint32_t release);
struct lw_scope_count *lw_lane_scope(struct lw_lane *lane, uint32_t scope);
/* acquired - released of a site over all lanes; descriptors opened - closed over all lanes. */
int64_t lw_site_held(uint32_t site);
/* Has anything that it acquired been released, by whatever lane? */
bool lw_site_released(uint32_t site);
int64_t lw_open_count(void);

/* A counter that others write too. */
static inline void lw_count(uint64_t *counter)
{
    __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}
/* The highest value there was, which others write too. */
static inline void lw_raise(uint64_t *highest, uint64_t value)
{
    uint64_t now = __atomic_load_n(highest, __ATOMIC_RELAXED);
    while (now < value && !__atomic_compare_exchange_n(highest, &now, value, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}
/* A counter of a lane: one instruction, so that a signal handler of the same thread loses nothing, and no bus lock. In
 * the shared lane, two threads may lose one to each other. */
static inline void lw_tally(uint64_t *counter)
{
#if defined(__x86_64__)
    __asm__("incq %0" : "+m"(*counter) : : "cc");
#else
    __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
#endif
}

#pragma GCC visibility pop

#endif
