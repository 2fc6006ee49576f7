/* What a span of a scope holds: a list of slots, of which those count that still name the span. */
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "process/process.h"
#include "span.h"
#include "system/system.h"

#define SPARE_BLOCKS 16u
#define IN_BLOCK (LW_BLOCK / (uint32_t)sizeof(struct lw_slot *))

/* Blocks that threads have too many of, for all. */
static uint64_t spare_blocks;

static void *block_new(struct lw_scopes *scopes)
{
    uint64_t *block = scopes->blocks;
    if (!block) {
        block = lw_block_take(&spare_blocks);
        return block ? block : lw_pages(LW_BLOCK);
    }
    scopes->blocks = (uint64_t *)block[0];
    scopes->block_count--;
    return block;
}

/* Lists longer than a block are mapped on their own. */
static void block_free(struct lw_scopes *scopes, void *at, size_t bytes)
{
    uint64_t *block = at;
    if (bytes > LW_BLOCK)
        lw_system2(SYS_munmap, block, bytes);
    else if (scopes->block_count >= SPARE_BLOCKS)
        lw_block_give(&spare_blocks, block);
    else {
        block[0] = (uint64_t)scopes->blocks;
        scopes->blocks = block;
        scopes->block_count++;
    }
}

void lw_list_free(struct lw_scopes *scopes, struct lw_span *span)
{
    if (span->held != span->few)
        block_free(scopes, (void *)span->held, span->held_room * sizeof *span->held);
    span->held = span->few;
}

/* Is it held for this span? If it has been given back, it is taken off the list, and must not name the span any more: a
 * slot that names its span is on its list, so that it need not be put there again. */
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

static void compact(struct lw_span *span)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < span->held_count; i++)
        if (is_kept(span->held[i], span->id))
            span->held[kept++] = span->held[i];
    span->held_count = kept;
}

static void sift_down(struct lw_slot **slots, uint32_t from, uint32_t count)
{
    for (uint32_t child; (child = 2 * from + 1) < count; from = child) {
        if (child + 1 < count && slots[child] < slots[child + 1])
            child++;
        if (slots[from] >= slots[child])
            return;
        struct lw_slot *lesser = slots[from];
        slots[from] = slots[child];
        slots[child] = lesser;
    }
}

/* The C library's qsort may allocate. */
static void sort(struct lw_slot **slots, uint32_t count)
{
    for (uint32_t from = count / 2; from-- > 0;)
        sift_down(slots, from, count);
    for (uint32_t last = count; last-- > 1;) {
        struct lw_slot *greatest = slots[0];
        slots[0] = slots[last];
        slots[last] = greatest;
        sift_down(slots, 0, last);
    }
}

/* What went to another scope and came back, or was acquired anew, may be on the list twice. */
static void drop_doubles(struct lw_span *span)
{
    uint32_t kept = 0;
    sort(span->held, span->held_count);
    for (uint32_t i = 0; i < span->held_count; i++)
        if (kept == 0 || span->held[i] != span->held[kept - 1])
            span->held[kept++] = span->held[i];
    span->held_count = kept;
}

static bool grow(struct lw_scopes *scopes, struct lw_span *span)
{
    uint32_t room = span->held_room == LW_FEW ? IN_BLOCK : 2 * span->held_room;
    struct lw_slot **more = room == IN_BLOCK ? block_new(scopes) : lw_pages(room * sizeof *more);
    if (!more)
        return false;
    memcpy(more, span->held, span->held_count * sizeof *more);
    if (span->held != span->few)
        block_free(scopes, (void *)span->held, span->held_room * sizeof *more);
    span->held = more;
    span->held_room = room;
    return true;
}

/* When the list is full it is looked through; that it then doubles unless half of it is free pays for the looking. With
 * order=1 the order is wanted, and doubles are not. */
static bool make_room(struct lw_scopes *scopes, struct lw_span *span)
{
    compact(span);
    if (span->held_count > span->held_room / 2 && span->held_room > LW_FEW && !lw_options.order)
        drop_doubles(span);
    return span->held_count <= span->held_room / 2 || grow(scopes, span) || span->held_count < span->held_room;
}

LW_HOT_CODE bool lw_list_add(struct lw_scopes *scopes, struct lw_span *span, struct lw_slot *slot)
{
    if (span->held_count == span->held_room && !make_room(scopes, span))
        return false;
    span->held[span->held_count++] = slot;
    return true;
}

void lw_list_remove(struct lw_span *span, const struct lw_slot *slot)
{
    uint32_t at = span->held_count;
    while (at > 0 && span->held[at - 1] != slot)
        at--;
    for (; at > 0 && at < span->held_count; at++)
        span->held[at - 1] = span->held[at];
    if (at > 0)
        span->held_count--;
}
