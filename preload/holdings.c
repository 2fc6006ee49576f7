/* What an entry of a scope holds: a list of slots, of which those count that still name the entry. */
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "entries.h"
#include "process.h"
#include "system.h"

#define BLOCK 4096u
#define SPARE_BLOCKS 16u
#define IN_BLOCK (BLOCK / (uint32_t)sizeof(struct lw_slot *))
_Static_assert(LW_GIFTS == IN_BLOCK - 1, "gifts wait in one block, behind its link");

static void *map(size_t bytes)
{
    if (lw_strict)
        return NULL;
    long at = lw_syscall6(SYS_mmap, 0, (long)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return lw_is_error(at) ? NULL : (void *)at;
}

/* Blocks that threads have too many of, for all: page | tag << PAGE_BITS of the first. They stay mapped for ever, and no
 * gift is put into their first word, the link to the next: so who comes too late with a gift, when the block is free or
 * used again, writes where nobody minds. A list's places behind its end are its own to overwrite, and a gift that does
 * not name the entry is thrown away. */
#define PAGE_BITS 36
#define PAGE_MASK ((1ULL << PAGE_BITS) - 1)
static uint64_t spare_blocks;

static uint64_t *first_spare(uint64_t head)
{
    return (uint64_t *)((head & PAGE_MASK) * BLOCK);
}

static void *take_spare(void)
{
    uint64_t head = __atomic_load_n(&spare_blocks, __ATOMIC_ACQUIRE), next;
    do {
        if (!(head & PAGE_MASK))
            return NULL;
        uint64_t second = __atomic_load_n(first_spare(head), __ATOMIC_RELAXED) / BLOCK;
        next = (head | PAGE_MASK) + 1 + (second & PAGE_MASK);
    } while (!__atomic_compare_exchange_n(&spare_blocks, &head, next, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
    return first_spare(head);
}

static void give_spare(uint64_t *block)
{
    uint64_t head = __atomic_load_n(&spare_blocks, __ATOMIC_RELAXED), mine;
    do {
        __atomic_store_n(&block[0], (uint64_t)first_spare(head), __ATOMIC_RELAXED);
        mine = (head | PAGE_MASK) + 1 + (uint64_t)block / BLOCK;
    } while (!__atomic_compare_exchange_n(&spare_blocks, &head, mine, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
}

static void *block_new(struct lw_scopes *scopes)
{
    uint64_t *block = scopes->blocks;
    if (!block) {
        block = take_spare();
        return block ? block : map(BLOCK);
    }
    scopes->blocks = (uint64_t *)block[0];
    scopes->block_count--;
    return block;
}

/* Lists longer than a block are mapped on their own. */
static void block_free(struct lw_scopes *scopes, void *at, size_t bytes)
{
    uint64_t *block = at;
    if (bytes > BLOCK)
        lw_system2(SYS_munmap, block, bytes);
    else if (scopes->block_count >= SPARE_BLOCKS)
        give_spare(block);
    else {
        block[0] = (uint64_t)scopes->blocks;
        scopes->blocks = block;
        scopes->block_count++;
    }
}

void lw_holdings_free(struct lw_scopes *scopes, struct lw_entry *entry)
{
    if (entry->held != entry->few)
        block_free(scopes, (void *)entry->held, entry->held_room * sizeof *entry->held);
    entry->held = entry->few;
    struct lw_slot **gifts = __atomic_exchange_n(&entry->gifts, NULL, __ATOMIC_ACQ_REL);
    if (gifts)
        block_free(scopes, (void *)gifts, BLOCK);
}

/* Is it held for this entry? If it has been given back, it is taken off the list, and must not name the entry any more: a
 * slot that names its entry is on its list, so that it need not be put there again. */
static bool is_kept(struct lw_slot *slot, uint64_t id)
{
    if (__atomic_load_n(&slot->entry, __ATOMIC_ACQUIRE) != id)
        return false;
    enum lw_state state = lw_state(lw_word(slot));
    if (state != LW_FREE && state != LW_EMPTY)
        return true;
    uint64_t mine = id;
    __atomic_compare_exchange_n(&slot->entry, &mine, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
    return false;
}

static void compact(struct lw_entry *entry)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < entry->held_count; i++)
        if (is_kept(entry->held[i], entry->id))
            entry->held[kept++] = entry->held[i];
    entry->held_count = kept;
}

static bool grow(struct lw_scopes *scopes, struct lw_entry *entry)
{
    uint32_t room = entry->held_room == LW_FEW ? IN_BLOCK : 2 * entry->held_room;
    struct lw_slot **more = room == IN_BLOCK ? block_new(scopes) : map(room * sizeof *more);
    if (!more)
        return false;
    memcpy(more, entry->held, entry->held_count * sizeof *more);
    if (entry->held != entry->few)
        block_free(scopes, (void *)entry->held, entry->held_room * sizeof *more);
    entry->held = more;
    entry->held_room = room;
    return true;
}

/* When the list is full it is looked through; that it then doubles unless half of it is free pays for the looking. */
static bool make_room(struct lw_scopes *scopes, struct lw_entry *entry)
{
    compact(entry);
    return entry->held_count <= entry->held_room / 2 || grow(scopes, entry) || entry->held_count < entry->held_room;
}

LW_HOT_CODE bool lw_holdings_add(struct lw_scopes *scopes, struct lw_entry *entry, struct lw_slot *slot)
{
    if (entry->held_count == entry->held_room && !make_room(scopes, entry))
        return false;
    entry->held[entry->held_count++] = slot;
    return true;
}

void lw_holdings_remove(struct lw_entry *entry, const struct lw_slot *slot)
{
    uint32_t at = entry->held_count;
    while (at > 0 && entry->held[at - 1] != slot)
        at--;
    for (; at > 0 && at < entry->held_count; at++)
        entry->held[at - 1] = entry->held[at];
    if (at > 0)
        entry->held_count--;
}

void lw_holdings_accept(struct lw_scopes *scopes, struct lw_entry *entry)
{
    struct lw_slot **gifts = __atomic_load_n(&entry->gifts, __ATOMIC_ACQUIRE);
    for (uint32_t i = 1; gifts && i <= LW_GIFTS; i++) {
        struct lw_slot *slot = __atomic_exchange_n(&gifts[i], NULL, __ATOMIC_ACQ_REL);
        if (slot && lw_entry_id(entry) == __atomic_load_n(&slot->entry, __ATOMIC_ACQUIRE))
            lw_holdings_add(scopes, entry, slot);
    }
}

static bool leave_gift(struct lw_scopes *scopes, struct lw_entry *entry, struct lw_slot *slot)
{
    struct lw_slot **gifts = __atomic_load_n(&entry->gifts, __ATOMIC_ACQUIRE);
    if (!gifts) {
        struct lw_slot **made = block_new(scopes);
        if (!made)
            return false;
        memset(made, 0, BLOCK);
        if (__atomic_compare_exchange_n(&entry->gifts, &gifts, made, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            gifts = made;
        else
            block_free(scopes, (void *)made, BLOCK);
    }
    for (uint32_t i = 1; i <= LW_GIFTS; i++) {
        struct lw_slot *nothing = NULL;
        if (__atomic_compare_exchange_n(&gifts[i], &nothing, slot, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
            return true;
    }
    return false;
}

bool lw_holdings_give(struct lw_scopes *scopes, struct lw_entry *entry, struct lw_slot *slot)
{
    uint32_t nobody = LW_NOBODY;
    if (!__atomic_compare_exchange_n(&entry->thread, &nobody, LW_GIVING, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return leave_gift(scopes, entry, slot);
    bool added = lw_holdings_add(scopes, entry, slot);
    __atomic_store_n(&entry->thread, LW_NOBODY, __ATOMIC_RELEASE);
    return added;
}
