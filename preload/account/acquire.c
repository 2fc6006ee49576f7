/* The verbs for what is acquired, duplicated, moved and described. Its other half is release.c. */
#include "account.h"

#include <errno.h>
#include <string.h>

#include "child_misuses.h"
#include "in_line.h"
#include "misuses.h"
#include "process/process.h"
#include "scope/scope.h"
#include "stack/stack.h"
#include "wake/wake.h"

static LW_IN_LINE bool enter(struct lw_call *call, uint32_t hook, const void *frame)
{
    lw_touch_stack(LW_STACK_NEEDED);
    call->frame = frame;
    call->hook = hook;
    call->fd.slot = call->owner.slot = call->gone = NULL;
    call->tag = 0;
    call->lost = call->standard = call->injected = false;
    return true;
}

static __attribute__((noinline)) bool enter_if_awake(struct lw_call *call, uint32_t hook, const void *frame)
{
    return lw_awake() && !lw_called_by_libc(frame) && enter(call, hook, frame);
}

LW_HOT_CODE bool lw_enter(struct lw_call *call, uint32_t hook, const void *frame)
{
    if (__builtin_expect(lw_libc_callers == 0 && lw_awake_usually(), 1))
        return enter(call, hook, frame);
    return enter_if_awake(call, hook, frame);
}

/* ---- Acquired ---- */

/* One number may be free, and not be enough. */
static bool takes_two(uint32_t hook)
{
    uint32_t kind = lw_hooks[hook].kind;
    return kind == LW_FD_PIPE || kind == LW_FD_SOCKETPAIR || kind == LW_FD_PTY || kind == LW_STREAM_CHILD;
}

static void acquisition_failed(struct lw_call *call)
{
    int error = errno;
    struct lw_record record;
    bool exhausted = (error == EMFILE || error == ENFILE) && !call->injected;
    uint32_t stack = 0;
    if (lw_usual_open(&record, call, exhausted)) {
        stack = record.trace.stack;
        struct lw_site_count *count;
        uint32_t site = lw_usual_site(&record, lw_hooks[call->hook].kind, &count);
        if (count)
            lw_tally(&count->failed);
        lw_charge_failure(&record, error);
        bool is_full =
            exhausted && (error == ENFILE || takes_two(call->hook) || lw_is_table_full(record.thread->id, record.now));
        if (is_full)
            lw_note_exhaustion(record.trace.stack, record.call, record.thread->id, record.now, error);
        if (exhausted)
            lw_note_failure(&record, is_full ? LW_FAILED_ACQUIRE : LW_FAILED_LIMIT, error, site, 0, NULL);
        lw_usual_close(&record);
    }
    lw_remember_failure(call, stack, error);
    if (lw_thread.sourced)
        lw_lines_forget(&lw_thread);
    errno = error;
}

/* If the ledger begins with what is acquired, that was not there before. */
static LW_IN_LINE bool open_for(struct lw_record *record, struct lw_call *call, bool worth, int first, unsigned count)
{
    struct lw_thread *thread = &lw_thread;
    thread->coming_first = first;
    thread->coming = (uint8_t)count;
    bool opened = lw_usual_open(record, call, worth);
    thread->coming = 0;
    return opened;
}

static LW_IN_LINE void count_acquired(struct lw_record *record, struct lw_site_count *count)
{
    if (count)
        lw_count_acquired(count, record->now);
}

/* The slot was found occupied: the earlier release was not seen. Never a mistake of the program's. */
static __attribute__((noinline)) void heal(struct lw_record *record, struct lw_slot *slot)
{
    lw_discharge(record, slot);
    lw_tally(&record->thread->lane->closed);
    struct lw_site_count *count = slot->site ? lw_lane_site(record->thread->lane, slot->site) : NULL;
    if (count)
        lw_tally(&count->unseen);
}

/* Where another thread's close is about to return, its last change will fail now, and is counted here; or it has just
 * returned, and was counted there. */
static LW_IN_LINE uint64_t begin_writing(struct lw_record *record, struct lw_slot *slot, uint64_t word)
{
    if (__builtin_expect(lw_state(word) == LW_RELEASING, 0)) {
        uint64_t writing = lw_next_word(word, LW_WRITING);
        if (lw_change(slot, word, writing)) {
            lw_tally(&record->thread->lane->closed);
            return writing;
        }
        word = lw_word(slot);
    }
    uint64_t writing = lw_next_word(word, LW_WRITING);
    __atomic_store_n(&slot->word, writing, __ATOMIC_RELAXED);
    return writing;
}

/* Makes the descriptor's slot HELD; site 0 where a handle above it is what counts. */
static LW_IN_LINE struct lw_slot *hold_fd(struct lw_record *record, int fd, uint32_t kind, uint32_t site,
                                          const struct lw_detail *detail, uint32_t owner)
{
    struct lw_slot *slot = lw_fd_slot(fd, true);
    if (!slot) {
        lw_count(&lw_header()->lost);
        return NULL;
    }
    uint64_t word = lw_word(slot);
    bool occupied = lw_state(word) == LW_HELD;
    bool inherited = slot->flags & LW_INHERITED; /* as far as the inventory could tell */
    if (__builtin_expect(occupied, 0))
        heal(record, slot);
    uint64_t writing = begin_writing(record, slot, word);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    lw_usual_fill(slot, record->now, record->thread->id, (uint64_t)fd, kind, site);
    slot->owner = owner;
    if (owner)
        slot->entry = 0; /* what owns it is held for a scope */
    else
        lw_charge(record, slot);
    slot->flags = occupied && !inherited ? LW_HEALED : 0;
    lw_detail_write(slot, detail);
    lw_change(slot, writing, lw_in_state(writing, LW_HELD));
    lw_tally(&record->thread->lane->opened);
    return slot;
}

static LW_IN_LINE void book_fd(struct lw_record *record, int fd, uint32_t kind, const struct lw_detail *detail)
{
    struct lw_site_count *count;
    uint32_t site = lw_usual_site(record, kind, &count);
    struct lw_slot *slot = hold_fd(record, fd, kind, site, detail, 0);
    if (__builtin_expect(fd <= 2, 0) && slot && detail->text && strcmp(detail->text, "/dev/null") == 0)
        slot->flags |= LW_REDIRECTED; /* as daemons do */
    count_acquired(record, count);
}

void lw_acquired_fd_generally(struct lw_call *call, int fd, uint32_t kind, const struct lw_detail *detail)
{
    struct lw_record record;
    if (fd < 0) {
        acquisition_failed(call);
        return;
    }
    int error = errno;
    if (open_for(&record, call, true, fd, 1)) {
        book_fd(&record, fd, kind, detail);
        lw_note_peak(fd);
        lw_usual_close(&record);
    }
    errno = error;
}

void lw_acquired_pair_generally(struct lw_call *call, int result, const int fds[2], uint32_t kind,
                                const struct lw_detail *detail)
{
    struct lw_record record;
    if (result != 0) {
        acquisition_failed(call);
        return;
    }
    int error = errno;
    if (open_for(&record, call, true, fds[0], fds[1] == fds[0] + 1 ? 2 : 1)) {
        for (int i = 0; i < 2; i++) {
            record.thread->last_time -= i > 0; /* both ends come at one time */
            struct lw_detail end = detail ? *detail : (struct lw_detail){0};
            end.has_partner = true;
            end.partner = fds[1 - i];
            book_fd(&record, fds[i], kind, &end);
        }
        lw_note_peak(fds[0] > fds[1] ? fds[0] : fds[1]);
        lw_usual_close(&record);
    }
    errno = error;
}

/* ---- Handles: streams, directories ---- */

/* What is built upon a descriptor is held for the scope that the descriptor was held for. */
static void pass_span_on(struct lw_record *record, struct lw_slot *descriptor, struct lw_slot *handle)
{
    enum lw_span_state state;
    struct lw_span *span = lw_span_find(descriptor->entry, &state);
    if (span)
        lw_recharge(record->thread, handle, span);
    lw_recharge(record->thread, descriptor, NULL);
}

/* The descriptor below a handle: it keeps its own history where it had one (fdopen), else it is part of the handle. */
static void own_fd(struct lw_record *record, int fd, uint32_t kind, const struct lw_detail *detail, uint32_t owner,
                   bool adopted, struct lw_slot *handle)
{
    struct lw_slot *slot = lw_fd_slot(fd, adopted ? false : true);
    if (adopted && slot && lw_state(lw_word(slot)) == LW_HELD) {
        slot->owner = owner;
        pass_span_on(record, slot, handle);
        if (!handle->detail_length)
            lw_detail_text(handle, slot->detail, slot->detail_length <= LW_DETAIL ? slot->detail_length : 0);
        handle->flags |= slot->flags & LW_DETAIL_CUT;
        return;
    }
    hold_fd(record, fd, lw_kind_below(kind), 0, detail, owner);
    if (!adopted)
        lw_note_peak(fd);
}

enum { CHILDREN_PILE_UP = 16 };

/* A child alone is not worth a ledger, many that nobody waits for are. */
static bool is_worth_a_ledger(uint32_t kind)
{
    return kind != LW_CHILD || lw_keeping() || lw_children_unwritten(1) >= CHILDREN_PILE_UP;
}

LW_HOT_CODE void lw_acquired_handle(struct lw_call *call, const void *handle, uint32_t kind, int number,
                                    const struct lw_detail *detail)
{
    struct lw_record record;
    if (!handle) {
        acquisition_failed(call);
        return;
    }
    int error = errno;
    bool adopts = lw_hooks[call->hook].role == LW_ROLE_TRANSFER;
    if (open_for(&record, call, is_worth_a_ledger(kind), number, number >= 0 && !adopts)) {
        struct lw_site_count *count;
        uint32_t index, site = lw_usual_site(&record, kind, &count);
        struct lw_slot *slot = lw_handle_take((uint64_t)handle, &index);
        if (slot) {
            uint64_t writing = lw_word(slot);
            lw_usual_fill(slot, record.now, record.thread->id, (uint64_t)handle, kind, site);
            slot->number = number;
            if (kind >= LW_MUTEX)
                slot->entry = 0; /* a thread, or a lock, may well work on for others */
            else
                lw_charge(&record, slot);
            lw_detail_write(slot, detail);
            if (number >= 0)
                own_fd(&record, number, kind, detail, index + 1, adopts, slot);
            lw_change(slot, writing, lw_in_state(writing, LW_HELD));
            count_acquired(&record, count);
        } else
            lw_count(&lw_header()->lost);
        lw_usual_close(&record);
    }
    errno = error;
}

void lw_handle_moved(struct lw_call *call, const void *handle, int number, const struct lw_detail *detail)
{
    if (handle)
        lw_acquired_handle(call, handle, LW_STREAM_FILE, number, detail);
    else
        acquisition_failed(call);
}

/* ---- Duplicated ---- */

void lw_describe_duplicate(struct lw_slot *slot, int from, const struct lw_slot *original)
{
    slot->flags |= LW_DUPLICATE;
    slot->partner = from;
    if (!original)
        return;
    slot->open_flags = original->open_flags;
    slot->family = original->family;
    slot->type = original->type;
    slot->protocol = original->protocol;
    slot->flags |= original->flags & (LW_LISTENING | LW_CONNECTED | LW_DETAIL_CUT);
    uint16_t length = original->detail_length;
    lw_detail_text(slot, original->detail, length <= LW_DETAIL ? length : 0);
}

static uint32_t kind_of(int fd)
{
    const struct lw_slot *slot = lw_held_fd(fd);
    return slot ? slot->kind : LW_FD_OTHER;
}

void lw_duplicated_generally(struct lw_call *call, int from, int to, bool cloexec)
{
    struct lw_record record;
    if (to < 0) {
        lw_release_undone(call);
        acquisition_failed(call);
        return;
    }
    int error = errno;
    const struct lw_slot *replaced = call->fd.slot;
    bool opened = open_for(&record, call, lw_hooks[call->hook].role != LW_ROLE_REPLACE, to, 1);
    const struct lw_slot *original = opened && replaced ? lw_fd_slot(from, false) : NULL;
    if (original)
        lw_clobbered(&record, replaced, original);
    lw_released(call, 0);
    lw_child_changed(to);
    lw_child_replaced(to);
    if (opened) {
        uint32_t kind = kind_of(from);
        struct lw_site_count *count;
        uint32_t site = lw_usual_site(&record, kind, &count);
        struct lw_slot *slot = hold_fd(&record, to, kind, site, &(struct lw_detail){.cloexec = cloexec}, 0);
        if (slot)
            lw_describe_duplicate(slot, from, lw_held_fd(from));
        if (slot && to <= 2)
            slot->flags |= LW_REDIRECTED;
        count_acquired(&record, count);
        lw_usual_close(&record);
    }
    errno = error;
}

/* ---- Described ---- */

void lw_cloexec_changed(struct lw_call *call, int fd, bool cloexec)
{
    (void)call;
    struct lw_slot *slot = lw_held_fd(fd);
    if (!slot)
        return;
    if (cloexec)
        __atomic_fetch_or(&slot->flags, LW_CLOEXEC, __ATOMIC_RELAXED);
    else
        __atomic_fetch_and(&slot->flags, ~(uint32_t)LW_CLOEXEC, __ATOMIC_RELAXED);
}
