/* The ring: entries are made, and the oldest are forgotten. */
#include "ring.h"

#include <string.h>

static struct lw_ring_entry *entry_at(struct lw_ring *ring, uint32_t position)
{
    return (struct lw_ring_entry *)(void *)&ring->word[position];
}

static void forget_oldest(struct lw_ring *ring)
{
    struct lw_ring_entry *entry = entry_at(ring, ring->oldest);
    if (entry->bucket < LW_RING_BUCKETS) {
        uint16_t *link = &ring->buckets[entry->bucket];
        while (*link != ring->oldest + 1)
            link = &entry_at(ring, *link - 1u)->next;
        *link = entry->next;
    }
    ring->oldest += entry->units;
    if (ring->oldest == ring->words)
        ring->oldest = 0;
    ring->held--;
}

static bool fits(const struct lw_ring *ring, uint32_t units)
{
    if (ring->held == 0)
        return true;
    if (ring->head > ring->oldest)
        return ring->head + units <= ring->words;
    return ring->head + units <= ring->oldest;
}

/* The ring's end is too short for this entry: it becomes padding, which is forgotten in its turn. */
static void pad_to_end(struct lw_ring *ring)
{
    while (ring->held > 0 && ring->oldest >= ring->head)
        forget_oldest(ring);
    if (ring->head < ring->words && ring->held > 0) {
        *entry_at(ring, ring->head) =
            (struct lw_ring_entry){.bucket = LW_RING_BUCKETS, .units = (uint16_t)(ring->words - ring->head)};
        ring->held++;
    }
    ring->head = 0;
    if (ring->held == 0)
        ring->oldest = 0;
}

void *lw_ring_make(struct lw_ring *ring, uint32_t units, uint32_t bucket)
{
    ring->serial++;
    if (units > ring->words / 4)
        return NULL;
    if (ring->head + units > ring->words)
        pad_to_end(ring);
    while (!fits(ring, units))
        forget_oldest(ring);
    if (ring->held == 0)
        ring->oldest = ring->head;
    struct lw_ring_entry *entry = entry_at(ring, ring->head);
    memset(entry, 0, units * sizeof(uint64_t));
    entry->bucket = (uint16_t)bucket;
    entry->units = (uint16_t)units;
    ring->head += units;
    ring->held++;
    return entry;
}

void lw_ring_link(struct lw_ring *ring, void *entry)
{
    struct lw_ring_entry *made = entry;
    made->next = ring->buckets[made->bucket];
    ring->buckets[made->bucket] = (uint16_t)((uint64_t *)entry - ring->word + 1);
}

void lw_ring_wipe(struct lw_ring *ring)
{
    ring->serial++;
    ring->head = ring->oldest = ring->held = 0;
    memset(ring->buckets, 0, sizeof ring->buckets);
}
