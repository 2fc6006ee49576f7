/* A ring of entries of any length that are found again by a hash: the oldest make room for new ones.
 *
 * Only its thread touches it, but that may be in several contexts: a signal handler that interrupts a hook may call hooks,
 * and may swap contexts and return to the first hook much later. So it is written to with all signals blocked; who reads
 * it looks at its serial behind each load and before what was loaded is used, and begins again where it has moved. */
#ifndef LW_RING_H
#define LW_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "system/system.h"

#pragma GCC visibility push(hidden)

#define LW_RING_BUCKETS 1024u
#define LW_RING_LIMIT (UINT16_MAX - 1u) /* words of one: positions are numbers of words */

/* What an entry begins with; its other words are its owner's. */
struct lw_ring_entry {
    uint16_t next;   /* in its bucket: position + 1; 0: it is the last */
    uint16_t bucket; /* LW_RING_BUCKETS: it is padding */
    uint16_t units;  /* length in words */
    uint16_t spare;  /* 0 */
};

struct lw_ring {
    uint32_t head, oldest; /* positions: where the next entry goes, which one goes first */
    uint32_t held;         /* entries */
    uint32_t serial;       /* raised whenever anything is overwritten */
    uint32_t words;        /* how many there are */
    uint16_t buckets[LW_RING_BUCKETS];
    _Alignas(16) uint64_t word[];
};

/* ---- Reading ---- */

static inline uint32_t lw_ring_serial(const struct lw_ring *ring)
{
    uint32_t serial = __atomic_load_n(&ring->serial, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return serial;
}

/* What has been loaded until now was what the serial says. The compiler must not load it again. */
static inline bool lw_ring_unmoved(const struct lw_ring *ring, uint32_t serial)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return __builtin_expect(ring->serial == serial, 1);
}

static inline void *lw_ring_at(struct lw_ring *ring, uint32_t next)
{
    return &ring->word[next - 1];
}

static inline uint32_t lw_ring_bucket(uint64_t hash)
{
    return (uint32_t)(hash & (LW_RING_BUCKETS - 1));
}

/* ---- Writing: all signals are blocked ---- */

/* Room for an entry of so many words, an even number; NULL: none so long has any. Its beginning is filled in, and it is
 * found once it is linked. */
void *lw_ring_make(struct lw_ring *ring, uint32_t units, uint32_t bucket);
void lw_ring_link(struct lw_ring *ring, void *entry);
void lw_ring_wipe(struct lw_ring *ring);

#pragma GCC visibility pop

#endif
