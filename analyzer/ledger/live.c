/* Reads a ledger that is being written: what changed under the reader's hands is read again, until it holds still.
 *
 * DESIGN. A block is settled when two reads in a row give the same bytes and the block does not say that it is being
 * written. Retries are bounded over the whole ledger: a writer that was stopped in mid-write must not stop its reader.
 * A block that never settled counts as in flight.
 *
 * What slots refer to is published before they are written. So everything else is read once more when the slots have
 * settled: then every number in them leads to something that has been read. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"
#include "slot.h"

enum { RETRIES_OF_BLOCK = 64, RETRIES = 20000, CHUNK = 64 /* slots */ };

typedef bool in_flight(const void *block);

static bool slot_in_flight(const void *block)
{
    return slot_state(block) == LW_WRITING;
}

static bool samples_in_flight(const void *block)
{
    const struct lw_samples *samples = block;
    return samples->generation % 2 != 0;
}

static bool exhaustion_in_flight(const void *block)
{
    const struct lw_exhaustion *exhaustion = block;
    return exhaustion->state == 1;
}

struct settling {
    struct ledger *ledger;
    int fd;
    int retries;         /* left */
    unsigned char *room; /* see room_for */
};

/* Reads into the snapshot until two copies agree; false if they never did. `copy` has room for the block. */
static bool settle(struct settling *settling, uint64_t offset, size_t size, in_flight *busy, void *copy)
{
    unsigned char *block = settling->ledger->bytes + offset;
    for (int i = 0; i < RETRIES_OF_BLOCK && settling->retries > 0; i++, settling->retries--) {
        if (snapshot__read(settling->fd, copy, size, offset) != 0)
            return false;
        bool same = memcmp(block, copy, size) == 0;
        if (!same)
            memcpy(block, copy, size);
        if (same && !busy(block))
            return true;
        if (i % 8 == 7)
            sched_yield();
    }
    return false;
}

/* Of one slot, in whichever size: its word is what comes first. */
static void settle_slot(struct settling *settling, uint64_t offset, const unsigned char *copy)
{
    uint64_t *word = (uint64_t *)(void *)(settling->ledger->bytes + offset);
    size_t size = settling->ledger->sizes.slot;
    if (memcmp(word, copy, size) == 0 && !slot_in_flight(word))
        return;
    if (!settle(settling, offset, size, slot_in_flight, settling->room + CHUNK * size))
        *word = (*word & ~0xffULL) | LW_WRITING;
}

static void settle_slots(struct settling *settling, uint64_t offset, uint32_t count)
{
    size_t size = settling->ledger->sizes.slot;
    if (snapshot__read(settling->fd, settling->room, count * size, offset) != 0)
        return;
    for (uint32_t i = 0; i < count; i++)
        settle_slot(settling, offset + i * size, settling->room + i * size);
}

static void settle_leaf(struct settling *settling, const struct leaf *leaf)
{
    for (uint32_t i = 0; i < leaf->slots; i += CHUNK) {
        uint32_t count = leaf->slots - i < CHUNK ? leaf->slots - i : CHUNK;
        settle_slots(settling, leaf->offset + (uint64_t)i * settling->ledger->sizes.slot, count);
    }
}

static void settle_record(struct settling *settling, uint64_t offset, size_t size, in_flight *busy)
{
    if (snapshot__block(settling->ledger, offset, size) && pages__have_changed(settling->ledger, offset, size))
        settle(settling, offset, size, busy, settling->room);
}

/* What is read a second time: slots, and one of them once more; a record of its own. */
static size_t room_for(const struct ledger *ledger)
{
    size_t slots = (CHUNK + 1) * (size_t)ledger->sizes.slot, samples = records__samples_size(ledger);
    return slots > samples ? slots : samples;
}

int live__settle(struct ledger *ledger, int fd, struct ledger_error *error)
{
    struct settling settling = {.ledger = ledger, .fd = fd, .retries = RETRIES, .room = malloc(room_for(ledger))};
    if (!settling.room)
        return ledger__fail(error, ledger->path, "no memory for reading it twice");
    snapshot__forget_blanks(ledger);
    for (size_t i = 0; i < ledger->leaf_count; i++) {
        const struct leaf *leaf = &ledger->leaves[i];
        if (pages__have_changed(ledger, leaf->offset, (uint64_t)leaf->slots * ledger->sizes.slot))
            settle_leaf(&settling, leaf);
    }
    settle_record(&settling, ledger->header.samples, records__samples_size(ledger), samples_in_flight);
    settle_record(&settling, ledger->header.exhaustion, sizeof(struct lw_exhaustion), exhaustion_in_flight);
    free(settling.room);
    return 0;
}

/* A page that nothing is written to takes no memory. */
static void put_back(struct ledger *ledger, const unsigned char *settled, uint64_t offset, uint64_t size)
{
    if (memcmp(ledger->bytes + offset, settled + offset, size) != 0)
        memcpy(ledger->bytes + offset, settled + offset, size);
}

/* Puts what was settled in the first snapshot into the second, which is no smaller: blocks never move. */
static void keep_settled(struct ledger *ledger, const unsigned char *settled, uint64_t size,
                         const struct lw_header *then)
{
    snapshot__forget_blanks(ledger);
    for (size_t i = 0; i < ledger->leaf_count; i++) {
        const struct leaf *leaf = &ledger->leaves[i];
        put_back(ledger, settled, leaf->offset, (uint64_t)leaf->slots * ledger->sizes.slot);
    }
    const struct {
        uint64_t offset, size;
    } records[] = {{then->samples, records__samples_size(ledger)}, {then->exhaustion, sizeof(struct lw_exhaustion)}};
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++)
        if (snapshot__block(ledger, records[i].offset, records[i].size) && records[i].offset + records[i].size <= size)
            put_back(ledger, settled, records[i].offset, records[i].size);
}

/* What was settled, to be freed; the second snapshot is another one, or takes its place. */
static unsigned char *set_aside(struct ledger *ledger)
{
    unsigned char *settled = ledger->bytes;
    if (ledger->pages)
        return pages__copy(ledger);
    ledger->bytes = NULL;
    return settled;
}

int live__read_again(struct ledger *ledger, int fd, struct ledger_error *error)
{
    struct lw_header then = ledger->header;
    struct sizes sizes = ledger->sizes;
    uint64_t size = ledger->size;
    unsigned char *settled = set_aside(ledger);
    if (!settled)
        return ledger__fail(error, ledger->path, "no memory for reading it twice");
    int result = snapshot__take(ledger, fd, error);
    if (result == 0)
        header__find_end_again(ledger, &then);
    bool is_same = ledger->running && ledger->size >= size && memcmp(&sizes, &ledger->sizes, sizeof sizes) == 0;
    if (result == 0 && is_same) {
        keep_settled(ledger, settled, size, &then);
        boards__compare(ledger, settled, size);
    } else if (result == 0) { /* it has ended: this snapshot is its last word */
        result = slots__map(ledger, error);
    }
    free(settled);
    return result;
}
