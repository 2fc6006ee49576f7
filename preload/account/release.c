/* The verbs for what is given back. A release is booked in two steps around the real call: HELD -> RELEASING before it,
 * so that a process that ends inside it tells so, and RELEASING -> FREE after it, unless the number has been acquired
 * again by then. */
#include <errno.h>
#include <sys/syscall.h>

#include "child_misuses.h"
#include "in_line.h"
#include "lock/lock.h"
#include "lost_writes.h"
#include "misuses.h"
#include "process/process.h"
#include "scope/scope.h"
#include "wake/wake.h"

/* A slot that is being released already: that release was cancelled, or another thread's is about to return, whose last
 * change will then fail. A descriptor's slot that is being written belongs to an acquisition or description in another
 * thread, or to one that was cut short: releasing it is right in both cases, the writer's last change will then fail. */
static LW_IN_LINE bool begin(struct lw_pending *pending, struct lw_slot *slot, uint64_t word, struct lw_record *record)
{
    enum lw_state state = lw_state(word);
    if (state != LW_HELD && state != LW_WRITING && state != LW_RELEASING)
        return false;
    uint64_t releasing = lw_next_word(word, LW_RELEASING);
    if (!lw_change(slot, word, releasing))
        return false;
    if (__builtin_expect(lw_file_locks, 0) && lw_class(slot->kind) == LW_CLASS_FD)
        lw_file_locks_closing((int)slot->handle);
    slot->release_stack = record->trace.stack;
    slot->release_thread = record->thread->id;
    slot->release_call = record->call;
    slot->released_time = record->now;
    *pending = (struct lw_pending){slot, releasing, slot->site};
    if (state != LW_RELEASING) {
        lw_discharge(record, slot);
        lw_usual_release(record, slot);
    }
    return true;
}

/* Where the writer was cut short it may not have come to the number; one that is still writing will write the same. */
static LW_IN_LINE bool begin_fd(struct lw_pending *pending, struct lw_slot *slot, int fd, struct lw_record *record)
{
    uint64_t word = lw_word(slot);
    if (lw_state(word) == LW_WRITING)
        slot->handle = (uint64_t)fd;
    return begin(pending, slot, word, record);
}

static bool is_open(const struct lw_slot *slot)
{
    return slot && lw_state(lw_word(slot)) != LW_EMPTY && lw_state(lw_word(slot)) != LW_FREE;
}

/* asked: by its own release, and not by another descriptor's taking its place. */
static LW_IN_LINE void releasing_fd(struct lw_call *call, int fd, bool asked)
{
    struct lw_slot *slot = lw_fd_slot(fd, false);
    if (asked)
        lw_step_of_sweep(call, fd, is_open(slot));
    if (!is_open(slot)) {
        lw_count(&lw_header()->unknown_releases);
        call->gone = slot && lw_state(lw_word(slot)) == LW_FREE ? slot : NULL;
        call->handle = (uint64_t)fd;
        return;
    }
    int error = errno;
    struct lw_record record;
    if (lw_usual_open(&record, call, false)) {
        call->handle = (uint64_t)fd;
        if (asked)
            lw_usual_look(&record, call, slot);
        begin_fd(&call->fd, slot, fd, &record);
        lw_usual_close(&record);
    }
    errno = error;
}

void lw_releasing_fd_generally(struct lw_call *call, int fd)
{
    lw_child_changed(fd);
    lw_begin_if_on_roll(); /* while it still is open */
    if (fd >= 0 && lw_keeping()) {
        releasing_fd(call, fd, true);
        return;
    }
    call->handle = (uint64_t)fd;
    if (fd < 0)
        lw_invalid_release(call, LW_INVALID_NUMBER, (uint64_t)fd);
}

#define NO_ADDRESS 65536u /* nothing is ever mapped below: a descriptor passed as a stream, say */

/* What will end badly is written down before it does. False: it cannot be a handle. gone: it was, and was given back. */
static bool look_at_handle(struct lw_call *call, const void *handle, struct lw_slot *gone)
{
    uint32_t role = lw_hooks[call->hook].role;
    if (role != LW_ROLE_RELEASE && role != LW_ROLE_REOPEN)
        return true; /* a child's number */
    if ((uintptr_t)handle < NO_ADDRESS) {
        lw_invalid_release(call, handle ? LW_INVALID_HANDLE : LW_INVALID_NULL, (uint64_t)handle);
        return false;
    }
    if (gone)
        lw_handle_closed_twice(call, gone);
    return true;
}

LW_HOT_CODE void lw_releasing_handle(struct lw_call *call, const void *handle)
{
    uint32_t index;
    uint64_t word = LW_EMPTY;
    struct lw_slot *slot = lw_keeping() ? lw_handle_slot((uint64_t)handle, &index, &word) : NULL;
    struct lw_record record;
    int error = errno;
    if (look_at_handle(call, handle, lw_state(word) == LW_FREE ? slot : NULL) && lw_is_held(word) &&
        lw_usual_open(&record, call, false)) {
        call->handle = (uint64_t)handle;
        int number = slot->number;
        if (begin(&call->owner, slot, word, &record) && number >= 0) {
            struct lw_slot *below = lw_fd_slot(number, false);
            if (is_open(below)) { /* whoever put it there: the stream closes that number */
                lw_look_before_stream_closes(&record, call, below);
                begin_fd(&call->fd, below, number, &record);
            }
        }
        lw_usual_close(&record);
    }
    errno = error;
}

/* Inline: it is asked twice in every release, and has something to do once at most. */
static inline void finish(struct lw_pending *pending)
{
    struct lw_slot *slot = pending->slot;
    pending->slot = NULL;
    if (!slot)
        return;
    bool descriptor = lw_class(slot->kind) == LW_CLASS_FD;
    if (lw_change(slot, pending->word, lw_in_state(pending->word, LW_FREE)) && descriptor && lw_thread.lane)
        lw_tally(&lw_thread.lane->closed);
}

/* Nothing was known to be held there: perhaps it had been given back before. */
static void released_unknown(struct lw_call *call, int result)
{
    if (!lw_keeping())
        lw_child_closed(call, result);
    int error = errno;
    struct lw_record record;
    if (call->gone)
        lw_closed_gone(call, call->gone, result == 0 ? 0 : error);
    else if (call->standard && result != 0 && lw_record_open(&record, call, true)) {
        lw_note_failure(&record, LW_FAILED_RELEASE, error, 0, call->handle, NULL);
        lw_record_close(&record);
    }
    errno = error;
}

/* The release was counted, with its stack, when it began: only a failure needs the stack again. */
static __attribute__((noinline)) void released(struct lw_call *call, int result)
{
    uint32_t site = call->owner.slot ? call->owner.site : call->fd.slot ? call->fd.site : 0;
    const struct lw_slot *slot = call->owner.slot ? call->owner.slot : call->fd.slot;
    if (call->lost)
        lw_lost_write(call, result, site);
    if (!call->fd.slot && !call->owner.slot) {
        released_unknown(call, result);
        return;
    }
    if (result != 0 && errno == EINTR && call->fd.slot)
        call->fd.slot->flags |= LW_INTERRUPTED;
    finish(&call->fd);
    finish(&call->owner);
    bool is_told = result != 0 && errno == EBADF && slot->flags & LW_HIT;
    if (result == 0 || is_told)
        return;
    int error = errno;
    struct lw_record record;
    if (lw_record_open(&record, call, false)) {
        lw_note_failure(&record, LW_FAILED_RELEASE, error, site, call->handle, slot);
        lw_record_close(&record);
    }
    errno = error;
}

LW_HOT_CODE void lw_released(struct lw_call *call, int result)
{
    if (__builtin_expect(result != 0 || call->lost || (!call->fd.slot && !call->owner.slot), 0)) {
        released(call, result);
        return;
    }
    finish(&call->fd);
    finish(&call->owner);
}

/* Counters only go up, so what was counted in vain is acquired once more. */
static void undo(struct lw_pending *pending)
{
    struct lw_slot *slot = pending->slot;
    pending->slot = NULL;
    if (!slot || !lw_change(slot, pending->word, lw_in_state(pending->word, LW_HELD)))
        return;
    lw_discharge_undone(slot);
    struct lw_site_count *count = pending->site && lw_thread.lane ? lw_lane_site(lw_thread.lane, pending->site) : NULL;
    if (count)
        lw_tally(&count->acquired);
}

void lw_release_undone(struct lw_call *call)
{
    undo(&call->fd);
    undo(&call->owner);
}

void lw_replacing(struct lw_call *call, int to)
{
    if (lw_held_fd(to)) {
        lw_child_changed(to);
        releasing_fd(call, to, false);
    }
}

/* ---- Bulk closes ---- */

/* As with closes in a row: a bulk close is a sweep if it covers four numbers and some of nothing. Any other is meant for
 * what it closes, as one close of each would be. */
#define SWEEP 4u
#define SWEEP_EMPTY 2u

struct bulk {
    struct lw_record *record;
    struct lw_call *call;
    bool sweeps;
    uint64_t held;
};

/* Takes a slot out of use because its resource is known to be gone, though its own release was not called. */
static void release_implicitly(struct lw_record *record, struct lw_slot *slot, uint32_t flags)
{
    uint64_t word = lw_word(slot);
    if (!lw_is_held(word))
        return;
    slot->release_stack = record->trace.stack;
    slot->release_thread = record->thread->id;
    slot->release_call = record->call;
    slot->released_time = record->now;
    slot->flags |= LW_IMPLICIT | flags;
    struct lw_slot before = *slot;
    bool descriptor = lw_class(slot->kind) == LW_CLASS_FD;
    if (!lw_change(slot, word, lw_in_state(word, LW_FREE)))
        return;
    if (descriptor)
        lw_tally(&record->thread->lane->closed);
    if (lw_state(word) == LW_HELD) { /* else its own release has been counted */
        lw_discharge(record, slot);
        lw_record_release(record, &before);
    }
}

static void count_held(struct lw_slot *slot, unsigned number, void *context)
{
    struct bulk *bulk = context;
    (void)number;
    bulk->held += lw_is_held(lw_word(slot));
}

static void close_one(struct lw_slot *slot, unsigned number, void *context)
{
    struct bulk *bulk = context;
    (void)number;
    if (!bulk->sweeps && lw_is_held(lw_word(slot)))
        lw_usual_look(bulk->record, bulk->call, slot);
    release_implicitly(bulk->record, slot, bulk->sweeps ? LW_SWEPT : 0);
}

void lw_swept(struct lw_call *call, unsigned first, unsigned last)
{
    lw_child_swept(first, last);
    if (lw_file_locks)
        lw_file_locks_swept(first, last);
    struct lw_record record;
    int error = errno;
    if (lw_keeping() && first <= last && lw_record_open(&record, call, false)) {
        struct bulk bulk = {&record, call, false, 0};
        uint64_t numbers = (uint64_t)last - first + 1;
        lw_fd_slots(&lw_map, first, last, count_held, &bulk);
        bulk.sweeps = numbers >= SWEEP && numbers - bulk.held >= SWEEP_EMPTY;
        if (bulk.sweeps)
            lw_note_place(&record, LW_SWEEPS);
        lw_fd_slots(&lw_map, first, last, close_one, &bulk);
        lw_record_close(&record);
    }
    errno = error;
}

/* ---- Other ---- */

void lw_reaped(struct lw_call *call, int pid, bool polled)
{
    if (!lw_keeping())
        lw_children_unwritten(-1);
    uint32_t index;
    uint64_t word = LW_EMPTY;
    struct lw_slot *slot = polled && lw_keeping() ? lw_handle_slot((uint64_t)(uint32_t)pid, &index, &word) : NULL;
    if (lw_is_held(word))
        __atomic_fetch_or(&slot->flags, LW_POLLED, __ATOMIC_RELAXED);
    lw_releasing_handle(call, (const void *)(uintptr_t)pid);
    lw_released(call, 0);
}

void lw_failed_use(struct lw_call *call, int fd)
{
    int error = errno;
    struct lw_slot *slot = lw_held_fd(fd);
    struct lw_record record;
    if ((slot || fd < 0) && lw_record_open(&record, call, false)) {
        lw_note_failure(&record, LW_FAILED_USE, error, slot ? slot->site : 0, (uint64_t)fd, slot);
        lw_record_close(&record);
    }
    errno = error;
}
