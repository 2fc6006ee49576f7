/* What belongs to which entry of a scope: written into the slot, counted by the entry. */
#include "process/process.h"
#include "scope.h"

/* Meanwhile the entry may have ended and be in use for another scope. One too many costs that a look at its list when it
 * ends; one too few would hide what it leaves, and is taken back. */
static void count_elsewhere(struct lw_entry *entry, uint64_t id, int32_t by)
{
    __atomic_fetch_add(&entry->elsewhere, by, __ATOMIC_ACQ_REL);
    if (by < 0 && lw_entry_id(entry) != id)
        __atomic_fetch_sub(&entry->elsewhere, by, __ATOMIC_RELAXED);
}

static inline void count_own(struct lw_entry *entry, int32_t by)
{
    lw_step(&entry->here, by);
    int32_t held = lw_entry_holds(entry);
    if (held > (int32_t)entry->most)
        entry->most = (uint32_t)held;
}

static void count_held(struct lw_entry *entry, uint64_t id, int32_t by, uint32_t thread)
{
    if (__atomic_load_n(&entry->thread, __ATOMIC_RELAXED) == thread)
        count_own(entry, by);
    else
        count_elsewhere(entry, id, by);
}

static struct lw_entry *open_entry(uint64_t id)
{
    enum lw_entry_state state;
    return id && !(id & LW_LEFT) ? lw_entry_find(id, &state) : NULL;
}

LW_HOT_CODE void lw_charge_innermost(struct lw_books *books, struct lw_slot *slot)
{
    struct lw_thread *thread = books->thread;
    uint64_t before = slot->entry;
    slot->leftover = 0;
    if (!books->owns_scopes) {
        slot->entry = 0;
        return;
    }
    struct lw_entry *entry = thread->innermost;
    if (before == entry->id && __builtin_expect(lw_options.order, 0)) {
        lw_holdings_remove(entry, slot); /* the list then is in the order of acquisition */
        before = 0;
    }
    if (before != entry->id && !lw_holdings_add(thread->scopes, entry, slot)) {
        slot->entry = 0;
        return;
    }
    slot->entry = entry->id;
    count_own(entry, 1);
}

bool lw_recharge(struct lw_thread *thread, struct lw_slot *slot, struct lw_entry *entry)
{
    uint64_t before = __atomic_load_n(&slot->entry, __ATOMIC_ACQUIRE), id = entry ? lw_entry_id(entry) : 0;
    do {
        if (before == id)
            return true;
    } while (!__atomic_compare_exchange_n(&slot->entry, &before, id, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
    struct lw_entry *giver = open_entry(before);
    if (giver)
        count_held(giver, before, -1, thread->id);
    else if (before & LW_LEFT)
        lw_left_taken_back(slot);
    if (!entry)
        return true;
    bool mine = __atomic_load_n(&entry->thread, __ATOMIC_ACQUIRE) == thread->id;
    if (mine && lw_options.order)
        lw_holdings_remove(entry, slot); /* it may be there still, from before it went elsewhere */
    bool taken = mine ? lw_holdings_add(thread->scopes, entry, slot) : lw_gifts_give(thread->scopes, entry, slot);
    if (taken)
        count_held(entry, id, 1, thread->id);
    else
        __atomic_compare_exchange_n(&slot->entry, &id, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
    return taken;
}

LW_HOT_CODE void lw_discharge_entry(struct lw_books *books, struct lw_slot *slot)
{
    uint64_t id = __atomic_load_n(&slot->entry, __ATOMIC_ACQUIRE);
    struct lw_entry *innermost = books->thread->innermost;
    if (innermost && innermost->id == id && !lw_options.order) { /* as most are: by the scope that acquired it */
        lw_step(&innermost->here, -1);
        return;
    }
    struct lw_entry *entry = open_entry(id);
    if (entry) {
        count_held(entry, id, -1, books->thread->id);
        if (__builtin_expect(lw_options.order, 0) && entry == books->thread->innermost && books->owns_scopes)
            lw_note_disorder(books, slot);
    } else if (id & LW_LEFT)
        lw_left_released(books, slot);
}

void lw_discharge_undone(struct lw_slot *slot)
{
    uint64_t id = __atomic_load_n(&slot->entry, __ATOMIC_ACQUIRE);
    struct lw_entry *entry = open_entry(id);
    if (entry)
        count_held(entry, id, 1, lw_thread.id);
    else if (id & LW_LEFT)
        lw_left_release_undone(slot);
}

void lw_charge_failure(struct lw_books *books, int error)
{
    struct lw_entry *entry = books->thread->innermost;
    if (!entry || entry->kind == LW_SCOPE_THREAD || !books->owns_scopes)
        return;
    entry->failure_stack = books->trace.stack;
    entry->failure_call = books->call;
    entry->failure_error = error;
}
