/* Memory of our own. */
#include "pages.h"

#include <sys/syscall.h>

#include "filter.h"
#include "process.h"
#include "system/system.h"

void *lw_pages(size_t bytes)
{
    if (lw_strict && !lw_careful)
        return NULL;
    long flags = MAP_PRIVATE | MAP_ANONYMOUS | (bytes <= LW_POPULATED ? MAP_POPULATE : 0);
    long at = lw_syscall6(SYS_mmap, 0, (long)bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    return lw_is_error(at) ? NULL : (void *)at;
}

/* What is left of the map that came with the first stack of ours. */
static LW_START_DATA uint8_t *rest;
static LW_START_DATA size_t rest_size;

void lw_pages_leave(void *at, size_t bytes)
{
    rest_size = bytes;
    __atomic_store_n(&rest, at, __ATOMIC_RELEASE);
}

void *lw_pages_left(size_t bytes)
{
    bytes = (bytes + LW_PAGE - 1) & ~(size_t)(LW_PAGE - 1);
    uint8_t *at = __atomic_exchange_n(&rest, NULL, __ATOMIC_ACQ_REL);
    if (!at || rest_size < bytes)
        return NULL;
    if (rest_size > bytes)
        lw_pages_leave(at + bytes, rest_size - bytes);
    return at;
}

void lw_populate(void *at, size_t bytes)
{
    if (!lw_careful)
        lw_system3(SYS_madvise, at, bytes, MADV_POPULATE_WRITE);
}

/* A pile's head: number of the first page | tag << PAGE_BITS. The tag tells a head that came back. The first word of each
 * block is the address of the next; blocks stay mapped for ever, so that it may be read by who has lost the race. */
#define PAGE_BITS 36
#define PAGE_MASK ((1ULL << PAGE_BITS) - 1)

static uint64_t *first_of(uint64_t head)
{
    return (uint64_t *)((head & PAGE_MASK) * LW_BLOCK);
}

void *lw_block_take(uint64_t *pile)
{
    uint64_t head = __atomic_load_n(pile, __ATOMIC_ACQUIRE), next;
    do {
        if (!(head & PAGE_MASK))
            return NULL;
        uint64_t second = __atomic_load_n(first_of(head), __ATOMIC_RELAXED) / LW_BLOCK;
        next = (head | PAGE_MASK) + 1 + (second & PAGE_MASK);
    } while (!__atomic_compare_exchange_n(pile, &head, next, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
    return first_of(head);
}

void lw_block_give(uint64_t *pile, void *block)
{
    uint64_t head = __atomic_load_n(pile, __ATOMIC_RELAXED), mine;
    do {
        __atomic_store_n((uint64_t *)block, (uint64_t)first_of(head), __ATOMIC_RELAXED);
        mine = (head | PAGE_MASK) + 1 + (uint64_t)block / LW_BLOCK;
    } while (!__atomic_compare_exchange_n(pile, &head, mine, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
}
