/* What a scope leaves when it ends, and what becomes of it: rows of the ledger, by what is distinct. */
#include <string.h>

#include "lock/lock.h"
#include "process/process.h"
#include "scope.h"
#include "stack/stack.h"
#include "system/system.h"

/* ---- Rows ---- */

static uint32_t leftover_of(uint32_t scope, uint32_t site, uint64_t now)
{
    struct lw_leftover key = {.scope = scope, .site = site, .first_time = now};
    return lw_intern(LW_LEFTOVERS, lw_hash2(scope, site), &key);
}

static uint64_t hash_of(const struct lw_departure *departure)
{
    uint64_t hash = lw_hash2((uint64_t)departure->scope << 32 | departure->failure_stack, departure->failed);
    for (uint32_t i = 0; i < LW_DEPARTURE_SITES; i++)
        hash = lw_hash2(hash, departure->site[i]);
    return hash;
}

static void note_departure(struct lw_departure *departure, uint64_t now)
{
    departure->first_time = now;
    uint32_t number = lw_intern(LW_DEPARTURES, hash_of(departure), departure);
    struct lw_departure *row = lw_element(LW_DEPARTURES, number);
    if (!row)
        return;
    lw_count(&row->count);
    row->last_time = now;
}

static void add_site(struct lw_departure *departure, uint32_t site)
{
    uint32_t room = departure->sites < LW_DEPARTURE_SITES ? departure->sites : LW_DEPARTURE_SITES;
    for (uint32_t i = 0; i < room; i++)
        if (departure->site[i] == site)
            return;
    if (room < LW_DEPARTURE_SITES)
        departure->site[room] = site;
    departure->sites++;
}

/* ---- A thread's own scope ---- */

/* The outermost frame that is not the C library's, if the C library's stands around it: that is the start routine. */
static uint64_t start_routine(uint32_t site)
{
    const struct lw_site *row = lw_element(LW_SITES, site);
    uint64_t routine = 0;
    bool started = false;
    for (uint32_t stack = row ? row->stack : 0; stack;) {
        const struct lw_frame *frame = lw_element(LW_STACKS, stack);
        if (!frame)
            break;
        started = frame->module && lw_in_libc(frame->address - 1);
        if (!started)
            routine = lw_is_generated(frame) ? 0 : frame->address;
        stack = frame->parent;
    }
    return started && routine > LW_ADDRESS_LINE ? routine : 0;
}

static uint32_t thread_path(uint32_t site, uint64_t now)
{
    struct lw_scope key = {.kind = LW_SCOPE_THREAD, .depth = 1, .address = start_routine(site), .first_time = now};
    key.module = key.address ? lw_module_of(key.address - 1) : 0;
    return lw_intern(LW_SCOPES, lw_hash2(key.address, LW_SCOPE_THREAD), &key);
}

/* ---- The end of a span ---- */

static void count_leaving(struct lw_scopes *scopes, uint32_t row)
{
    for (uint32_t i = 0; i < LW_LEAVINGS; i++) {
        if (scopes->leavings[i].count && scopes->leavings[i].row != row)
            continue;
        scopes->leavings[i].row = row;
        scopes->leavings[i].count++;
        return;
    }
}

/* One end counts once for each row, with all that it left there. */
static void book_leavings(struct lw_scopes *scopes, const struct lw_span *span, uint64_t now)
{
    for (uint32_t i = 0; i < LW_LEAVINGS && scopes->leavings[i].count; i++) {
        struct lw_leftover *row = lw_element(LW_LEFTOVERS, scopes->leavings[i].row);
        uint32_t count = scopes->leavings[i].count;
        scopes->leavings[i].count = 0;
        if (!row)
            continue;
        __atomic_fetch_add(&row->count, count, __ATOMIC_RELAXED);
        lw_count(&row->entries);
        lw_raise(&row->most, count);
        row->last_time = now;
        if (!span->failed)
            continue;
        lw_count(&row->failed);
        memcpy(row->reason, span->reason, LW_REASON);
    }
}

static bool is_held(const struct lw_slot *slot)
{
    enum lw_state state = lw_state(lw_word(slot));
    return state == LW_HELD || state == LW_WRITING;
}

bool lw_is_left(const struct lw_slot *slot, uint64_t id)
{
    return __atomic_load_n(&slot->entry, __ATOMIC_ACQUIRE) == id && is_held(slot) && !slot->owner;
}

/* In a slot that was left, the lowest bit of the time: its release is booked. Who releases it in another thread at this
 * very moment may have read that it is held for the span, and books nothing, or that it was left: the bit tells. */
#define RELEASED 1ULL

/* Another thread may be writing down what it has just acquired there, and not have come to saying for whom: that takes a
 * few instructions. One that has been interrupted is not waited for. */
static void let_write(const struct lw_slot *slot)
{
    for (int i = 0; i < 1000 && lw_state(lw_word(slot)) == LW_WRITING; i++)
        ;
}

/* From here on the slot tells what left it, and when. False: it has been given back just in time. */
static bool mark(struct lw_slot *slot, uint64_t id, uint32_t row, uint64_t now)
{
    uint64_t left = LW_LEFT | (now & ~RELEASED);
    slot->leftover = row == LW_OTHER ? 0 : row;
    if (!__atomic_compare_exchange_n(&slot->entry, &id, left, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
        return false;
    return is_held(slot) ||
           !__atomic_compare_exchange_n(&slot->entry, &left, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* One end, at work. */
struct end {
    struct lw_scopes *scopes;
    struct lw_span *span;
    uint64_t now;
    struct lw_departure departure;
};

static void add_leaving(struct end *end, uint32_t row, uint32_t site)
{
    count_leaving(end->scopes, row);
    add_site(&end->departure, site);
}

static size_t leave_slots(struct end *end)
{
    struct lw_span *span = end->span;
    uint64_t id = span->id;
    size_t left = 0;
    for (uint32_t i = 0; i < span->held_count; i++) {
        struct lw_slot *slot = span->held[i];
        if (__atomic_load_n(&slot->entry, __ATOMIC_ACQUIRE) == id)
            let_write(slot);
        if (!lw_is_left(slot, id) || slot->flags & (LW_EXPECTED | LW_REDIRECTED))
            continue;
        if (!end->departure.scope)
            end->departure.scope = span->scope = thread_path(slot->site, end->now);
        uint32_t row = leftover_of(span->scope, slot->site, end->now);
        if (!mark(slot, id, row, end->now))
            continue;
        add_leaving(end, row, slot->site);
        left++;
    }
    return left;
}

/* Of those that this thread has, the scope answers for what was asked for since it began, unless one inside it does. */
static bool is_left_by(const struct lw_hold *hold, const struct lw_span *span)
{
    return lw_is_free_hold(hold) && hold->site && (int32_t)(hold->serial - span->locks_since) > 0;
}

static size_t leave_locks(struct end *end, struct lw_board *board)
{
    size_t left = 0;
    for (uint32_t i = 0; i < board->depth; i++) {
        struct lw_hold *hold = lw_hold_at(board, i);
        if (!hold || !is_left_by(hold, end->span) || (i < end->span->locks_before && hold->since >= end->span->since))
            continue;
        uint32_t row = leftover_of(end->span->scope, hold->site, end->now);
        if (row == LW_OTHER)
            continue;
        hold->left = row;
        hold->serial = (uint32_t)(end->now >> LW_LEFT_SHIFT);
        add_leaving(end, row, hold->site);
        left++;
    }
    return left;
}

/* What a thread gives to whoever may have the descriptor is left by nobody. */
static bool is_given_away(const struct lw_file_lock *lock)
{
    const struct lw_slot *slot = lw_held_fd(lock->number);
    return slot && slot->flags & (LW_EXPECTED | LW_HANDED);
}

static size_t leave_file_locks(struct end *end)
{
    size_t left = 0;
    uint32_t number = 0;
    for (struct lw_file_lock *lock; (lock = lw_file_lock_since(&number, end->span->since));) {
        uint32_t row = is_given_away(lock) ? LW_OTHER : leftover_of(end->span->scope, lock->site, end->now);
        if (row == LW_OTHER)
            continue;
        lock->left_time = end->now;
        lock->left = row;
        add_leaving(end, row, lock->site);
        left++;
    }
    return left;
}

/* Locks that its own thread has. What a thread holds at its end is looked at when it has ended: until then it may give it
 * back in what runs at that. */
static inline struct lw_board *board_of(const struct lw_span *span)
{
    struct lw_board *board = lw_thread.board;
    bool has_locks = board && (board->depth || lw_file_locks);
    bool may_leave = has_locks && span->has_locks && span->kind != LW_SCOPE_THREAD;
    return __builtin_expect(may_leave, 0) ? lw_board_still() : NULL;
}

static size_t book_what_is_left(struct lw_scopes *scopes, struct lw_span *span, struct lw_board *board)
{
    struct end end = {.scopes = scopes,
                      .span = span,
                      .now = lw_now(),
                      .departure = {.scope = span->scope,
                                    .failed = span->failed,
                                    .failure_stack = span->failure_call ? span->failure_stack : 0,
                                    .failure_call = span->failure_call,
                                    .failure_error = span->failure_call ? span->failure_error : 0}};
    size_t left =
        (lw_span_holds(span) ? leave_slots(&end) : 0) + (board ? leave_locks(&end, board) + leave_file_locks(&end) : 0);
    if (left > 0) {
        book_leavings(scopes, span, end.now);
        note_departure(&end.departure, end.now);
    }
    return left;
}

static void count_duration(struct lw_scope_count *count, uint64_t ticks)
{
    uint32_t *duration = &count->durations[lw_power(ticks, LW_DURATION_SHIFT, LW_DURATIONS)];
    if (*duration != UINT32_MAX)
        *duration += 1;
    count->ticks += ticks;
}

static void count_end(const struct lw_thread *thread, const struct lw_span *span, size_t left)
{
    struct lw_scope_count *count = span->lane == thread->lane ? span->count : lw_lane_scope(thread->lane, span->scope);
    if (!count)
        return;
    lw_tally(&count->ended);
    if (span->failed)
        lw_tally(&count->failed);
    if (left)
        lw_tally(&count->left);
    if (!left && !span->failed)
        lw_tally(&count->clean);
    if (span->most > count->most)
        count->most = span->most;
    count_duration(count, lw_clock() - span->since);
}

/* A thread that left nothing is not worth a row. */
static void count_thread_end(const struct lw_thread *thread, const struct lw_span *span)
{
    struct lw_scope_count *count = span->scope ? lw_lane_scope(thread->lane, span->scope) : NULL;
    if (!count)
        return;
    lw_tally(&count->entered);
    lw_tally(&count->ended);
    lw_tally(&count->left);
}

LW_HOT_CODE size_t lw_leave(struct lw_thread *thread, struct lw_span *span)
{
    size_t left = 0;
    if (__builtin_expect(span->inbox != NULL, 0))
        lw_inbox_take(thread->scopes, span);
    struct lw_board *board = board_of(span);
    if (__builtin_expect(lw_span_holds(span) != 0 || board, 0))
        left = book_what_is_left(thread->scopes, span, board);
    if (span->kind == LW_SCOPE_THREAD)
        count_thread_end(thread, span);
    else
        count_end(thread, span, left);
    lw_span_free(thread->scopes, span);
    return left;
}

/* ---- Released after all ---- */

static void note_how(struct lw_leftover *row, const struct lw_record *record)
{
    row->later_stack = record->trace.stack;
    row->later_call = record->call;
}

void lw_left_released(struct lw_record *record, struct lw_slot *slot)
{
    struct lw_leftover *row = slot->leftover ? lw_element(LW_LEFTOVERS, slot->leftover) : NULL;
    uint64_t left = __atomic_load_n(&slot->entry, __ATOMIC_ACQUIRE), since = left & ~LW_LEFT;
    if (!row || !(left & LW_LEFT) ||
        !__atomic_compare_exchange_n(&slot->entry, &left, left | RELEASED, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return;
    lw_note_later(row, record->now > since ? record->now - since : 0);
    note_how(row, record);
}

/* Its time of leaving stands where there is room for 32 bits of it. */
void lw_left_lock_released(const struct lw_record *record, const struct lw_hold *hold)
{
    struct lw_leftover *row = lw_element(LW_LEFTOVERS, hold->left);
    if (!row)
        return;
    lw_note_later(row, (uint64_t)((uint32_t)(lw_now() >> LW_LEFT_SHIFT) - hold->serial) << LW_LEFT_SHIFT);
    if (record)
        note_how(row, record);
}

void lw_left_release_undone(struct lw_slot *slot)
{
    struct lw_leftover *row = slot->leftover ? lw_element(LW_LEFTOVERS, slot->leftover) : NULL;
    if (row && __atomic_fetch_and(&slot->entry, ~RELEASED, __ATOMIC_ACQ_REL) & RELEASED)
        __atomic_fetch_sub(&row->later, 1, __ATOMIC_RELAXED);
}

void lw_left_taken_back(const struct lw_slot *slot)
{
    struct lw_leftover *row = slot->leftover ? lw_element(LW_LEFTOVERS, slot->leftover) : NULL;
    if (row)
        __atomic_fetch_sub(&row->count, 1, __ATOMIC_RELAXED);
}

void lw_left_lock_taken_back(const struct lw_hold *hold)
{
    struct lw_leftover *row = lw_element(LW_LEFTOVERS, hold->left);
    if (row)
        __atomic_fetch_sub(&row->count, 1, __ATOMIC_RELAXED);
}

/* ---- Worth telling? ---- */

static bool is_implicit(uint32_t scope)
{
    const struct lw_scope *path = lw_element(LW_SCOPES, scope);
    return path && path->kind == LW_SCOPE_THREAD;
}

bool lw_scopes_have_news(void)
{
    const struct lw_table *tables = lw_header()->tables;
    bool news = tables[LW_DISORDERS].count > 1;
    for (uint32_t i = 1; i < tables[LW_LEFTOVERS].count && i < tables[LW_LEFTOVERS].cap; i++) {
        const struct lw_leftover *row = lw_element(LW_LEFTOVERS, i);
        news |= row && row->scope && !is_implicit(row->scope);
    }
    for (uint32_t i = 1; i < tables[LW_IMBALANCES].count && i < tables[LW_IMBALANCES].cap; i++) {
        const struct lw_imbalance *row = lw_element(LW_IMBALANCES, i);
        news |= row && row->reason && row->reason != LW_STILL_INSIDE;
    }
    return news;
}
