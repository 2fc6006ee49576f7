/* What belongs to which span of a scope: written into the slot, counted by the span. */
#include "process/process.h"
#include "scope.h"

/* Meanwhile the span may have ended and be in use for another scope. One too many costs that a look at its list when it
 * ends; one too few would hide what it leaves, and is taken back. */
static void count_elsewhere(struct lw_span *span, uint64_t id, int32_t by)
{
    __atomic_fetch_add(&span->elsewhere, by, __ATOMIC_ACQ_REL);
    if (by < 0 && lw_span_id(span) != id)
        __atomic_fetch_sub(&span->elsewhere, by, __ATOMIC_RELAXED);
}

static inline void count_own(struct lw_span *span, int32_t by)
{
    lw_step(&span->here, by);
    int32_t held = lw_span_holds(span);
    if (held > (int32_t)span->most)
        span->most = (uint32_t)held;
}

static void count_held(struct lw_span *span, uint64_t id, int32_t by, uint32_t thread)
{
    if (__atomic_load_n(&span->thread, __ATOMIC_RELAXED) == thread)
        count_own(span, by);
    else
        count_elsewhere(span, id, by);
}

static struct lw_span *open_entry(uint64_t id)
{
    enum lw_span_state state;
    return id && !(id & LW_LEFT) ? lw_span_find(id, &state) : NULL;
}

LW_HOT_CODE void lw_charge_innermost(struct lw_thread *thread, bool owns, struct lw_slot *slot)
{
    uint64_t before = slot->entry;
    slot->leftover = 0;
    if (!owns) {
        slot->entry = 0;
        return;
    }
    struct lw_span *span = thread->innermost;
    if (before == span->id && __builtin_expect(lw_options.order, 0)) {
        lw_list_remove(span, slot); /* the list then is in the order of acquisition */
        before = 0;
    }
    if (before != span->id && !lw_list_add(thread->scopes, span, slot)) {
        slot->entry = 0;
        return;
    }
    slot->entry = span->id;
    count_own(span, 1);
}

bool lw_recharge(struct lw_thread *thread, struct lw_slot *slot, struct lw_span *span)
{
    uint64_t before = __atomic_load_n(&slot->entry, __ATOMIC_ACQUIRE), id = span ? lw_span_id(span) : 0;
    do {
        if (before == id)
            return true;
    } while (!__atomic_compare_exchange_n(&slot->entry, &before, id, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
    struct lw_span *giver = open_entry(before);
    if (giver)
        count_held(giver, before, -1, thread->id);
    else if (before & LW_LEFT)
        lw_left_taken_back(slot);
    if (!span)
        return true;
    bool mine = __atomic_load_n(&span->thread, __ATOMIC_ACQUIRE) == thread->id;
    if (mine && lw_options.order)
        lw_list_remove(span, slot); /* it may be there still, from before it went elsewhere */
    bool taken = mine ? lw_list_add(thread->scopes, span, slot) : lw_inbox_put(thread->scopes, span, slot);
    if (taken)
        count_held(span, id, 1, thread->id);
    else
        __atomic_compare_exchange_n(&slot->entry, &id, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
    return taken;
}

LW_HOT_CODE void lw_discharge_span(struct lw_record *record, struct lw_slot *slot)
{
    uint64_t id = __atomic_load_n(&slot->entry, __ATOMIC_ACQUIRE);
    struct lw_span *innermost = record->thread->innermost;
    if (innermost && innermost->id == id && !lw_options.order) { /* as most are: by the scope that acquired it */
        lw_step(&innermost->here, -1);
        return;
    }
    struct lw_span *span = open_entry(id);
    if (span) {
        count_held(span, id, -1, record->thread->id);
        if (__builtin_expect(lw_options.order, 0) && span == record->thread->innermost && record->owns_scopes)
            lw_note_disorder(record, slot);
    } else if (id & LW_LEFT)
        lw_left_released(record, slot);
}

void lw_discharge_undone(struct lw_slot *slot)
{
    uint64_t id = __atomic_load_n(&slot->entry, __ATOMIC_ACQUIRE);
    struct lw_span *span = open_entry(id);
    if (span)
        count_held(span, id, 1, lw_thread.id);
    else if (id & LW_LEFT)
        lw_left_release_undone(slot);
}

/* ---- Locks ---- */

/* Raised, so that there is a serial between those of two spans: what is handed from one to the other has it. */
LW_HOT_CODE void lw_charge_locks(struct lw_span *span)
{
    struct lw_board *board = lw_thread.board;
    span->has_locks = true;
    span->locks_since = board ? ++board->serial : 0;
    span->locks_before = board ? (uint8_t)board->depth : 0;
}

/* The number of a lock that this span was the first to see; false: spans inside it would take it for theirs. */
static bool first_serial(const struct lw_span *span, uint32_t *serial)
{
    const struct lw_span *inner = lw_thread.innermost;
    *serial = span->locks_since + 1;
    while (inner && inner->outer != span)
        inner = inner->outer;
    return inner && span->has_locks && (int32_t)(inner->locks_since - *serial) >= 0;
}

/* This thread's hold of the lock, which no scope has left any more. NULL: it has none. */
static struct lw_hold *own_hold(const void *lock)
{
    struct lw_board *board = lw_board_here();
    struct lw_hold *hold = board ? lw_hold_of(board, lock) : NULL;
    if (hold && lw_hold_is_left(hold))
        lw_left_lock_taken_back(hold);
    return hold;
}

bool lw_recharge_lock(const void *lock, const struct lw_span *span)
{
    struct lw_hold *hold = own_hold(lock);
    uint32_t serial;
    if (!hold)
        return false;
    bool is_charged = span && first_serial(span, &serial);
    if (is_charged)
        hold->serial = serial;
    hold->left = is_charged ? 0 : (uint32_t)LW_HOLD_KEPT;
    return true;
}

/* Its end would find what was taken since it began, less what those inside it have taken. */
bool lw_is_charged_with_lock(const struct lw_span *span, const struct lw_hold *hold)
{
    const struct lw_span *inner = lw_thread.innermost;
    if (!lw_is_free_hold(hold) || !span->has_locks)
        return false;
    while (inner && inner != span && !(inner->has_locks && (int32_t)(hold->serial - inner->locks_since) > 0))
        inner = inner->outer;
    return inner == span && (int32_t)(hold->serial - span->locks_since) > 0;
}

bool lw_expect_lock(const void *lock)
{
    struct lw_hold *hold = own_hold(lock);
    if (hold)
        hold->left = (uint32_t)LW_HOLD_EXPECTED;
    return hold != NULL;
}

void lw_charge_failure(struct lw_record *record, int error)
{
    struct lw_span *span = record->thread->innermost;
    if (!span || span->kind == LW_SCOPE_THREAD || !record->owns_scopes)
        return;
    span->failure_stack = record->trace.stack;
    span->failure_call = record->call;
    span->failure_error = error;
}
