/* What other threads hand over to a scope: it waits beside the scope's list until the scope's own thread looks.
 *
 * DESIGN. Gifts lie in blocks, chained through `next`: the first that has room takes one, and a gift that lies there
 * already needs no second place, so that what goes back and forth takes none. A gift counts only if its slot names the
 * span when it is looked at. Blocks stay mapped and stay blocks of inboxes for ever: who comes too late with a gift, when
 * the scope has ended and the block is free or another scope's, puts it where it will be thrown away. */
#include <string.h>

#include "process/process.h"
#include "span.h"

#define PLACES ((LW_BLOCK - 2 * sizeof(uint64_t)) / sizeof(struct lw_slot *))

struct lw_inbox {
    uint64_t spare; /* see lw_block_give */
    struct lw_inbox *next;
    struct lw_slot *places[PLACES];
};
_Static_assert(sizeof(struct lw_inbox) == LW_BLOCK, "an inbox fills a block");

static uint64_t spare_inboxes;

/* The block that this link leads to, made if there is none. */
static struct lw_inbox *follow(struct lw_inbox **link)
{
    struct lw_inbox *inbox = __atomic_load_n(link, __ATOMIC_ACQUIRE), *made;
    if (inbox)
        return inbox;
    made = lw_block_take(&spare_inboxes);
    if (made)
        memset(made, 0, sizeof *made);
    else
        made = lw_pages(sizeof *made);
    if (!made || __atomic_compare_exchange_n(link, &inbox, made, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return made;
    lw_block_give(&spare_inboxes, made);
    return inbox;
}

/* Written also where it lies there already: the thread that takes it then sees whom the slot names now. */
static bool put(struct lw_slot **place, struct lw_slot *slot)
{
    struct lw_slot *there = __atomic_load_n(place, __ATOMIC_RELAXED);
    while (!there || there == slot)
        if (__atomic_compare_exchange_n(place, &there, slot, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
            return true;
    return false;
}

static bool leave_gift(struct lw_span *span, struct lw_slot *slot)
{
    struct lw_inbox *inbox = follow(&span->inbox);
    for (; inbox; inbox = follow(&inbox->next))
        for (uint32_t i = 0; i < PLACES; i++)
            if (put(&inbox->places[i], slot))
                return true;
    return false;
}

bool lw_inbox_put(struct lw_scopes *scopes, struct lw_span *span, struct lw_slot *slot)
{
    uint32_t nobody = LW_NOBODY;
    if (!__atomic_compare_exchange_n(&span->thread, &nobody, LW_GIVING, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return leave_gift(span, slot);
    bool added = lw_list_add(scopes, span, slot);
    __atomic_store_n(&span->thread, LW_NOBODY, __ATOMIC_RELEASE);
    return added;
}

static void take(struct lw_scopes *scopes, struct lw_span *span, struct lw_slot **place)
{
    if (!__atomic_load_n(place, __ATOMIC_RELAXED))
        return;
    struct lw_slot *slot = __atomic_exchange_n(place, NULL, __ATOMIC_ACQ_REL);
    if (slot && lw_span_id(span) == __atomic_load_n(&slot->entry, __ATOMIC_ACQUIRE))
        lw_list_add(scopes, span, slot);
}

void lw_inbox_take(struct lw_scopes *scopes, struct lw_span *span)
{
    struct lw_inbox *inbox = __atomic_load_n(&span->inbox, __ATOMIC_ACQUIRE);
    for (; inbox; inbox = __atomic_load_n(&inbox->next, __ATOMIC_ACQUIRE))
        for (uint32_t i = 0; i < PLACES; i++)
            take(scopes, span, &inbox->places[i]);
}

void lw_inbox_free(struct lw_span *span)
{
    struct lw_inbox *inbox = __atomic_exchange_n(&span->inbox, NULL, __ATOMIC_ACQ_REL), *next;
    for (; inbox; inbox = next) {
        next = __atomic_exchange_n(&inbox->next, NULL, __ATOMIC_ACQ_REL);
        lw_block_give(&spare_inboxes, inbox);
    }
}
