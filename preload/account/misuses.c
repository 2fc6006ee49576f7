/* Releases that hit the wrong thing: double closes, foreign closes, what cannot be a resource.
 *
 * DESIGN. A number says little about who means what: it is given out again at once. What is known is who released it last
 * (the slot keeps that), what had it before, and which stacks have released what which sites acquire. So a close that
 * fails with EBADF on a number known to have been closed is a double close, unless it is part of a sweep. One that
 * succeeds on somebody else's resource is told only on strong evidence: another thread's, of a site whose things others
 * release, by a stack that releases what had the number before.
 *
 * A sweep is four closes in a row, each one number on, from one frame and not far apart (a loop may have been unrolled), and
 * some of them of nothing. What was written down for its first steps is taken back then (lw_misuse.swept), and the place is
 * written down as one that sweeps: who uses what was closed there may not have known. */
#include "misuses.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "in_line.h"
#include "process/process.h"
#include "real/real.h"
#include "stack/stack.h"
#include "system/system.h"

#define SWEEP LW_SWEEP

/* ---- Sweeps ---- */

static bool is_sweep(const struct lw_thread *thread)
{
    return thread->sweep_length >= SWEEP && thread->sweep_empty >= SWEEP / 2;
}

static void take_back(struct lw_thread *thread)
{
    for (; thread->sweep_noted > 0; thread->sweep_noted--) {
        struct lw_misuse *row = lw_element(LW_MISUSES, thread->sweep_rows[thread->sweep_noted - 1]);
        if (row)
            lw_count(&row->swept);
    }
}

static void note_sweep(struct lw_call *call)
{
    int error = errno;
    struct lw_record record;
    if (lw_record_open(&record, call, false)) {
        lw_note_place(&record, LW_SWEEPS);
        lw_record_close(&record);
    }
    errno = error;
}

static __attribute__((noinline)) void sweep_goes_on(struct lw_thread *thread, struct lw_call *call, bool open)
{
    bool before = is_sweep(thread);
    if (thread->sweep_length < SWEEP)
        thread->sweep_length++;
    if (!open && thread->sweep_empty < SWEEP)
        thread->sweep_empty++;
    if (!before && is_sweep(thread))
        note_sweep(call);
    if (thread->sweep_noted && is_sweep(thread))
        take_back(thread);
}

LW_HOT_CODE void lw_step_of_sweep(struct lw_call *call, int fd, bool open)
{
    struct lw_thread *thread = &lw_thread;
    if (__builtin_expect(lw_sweep_goes_on(thread, call->frame, fd, open), 0))
        sweep_goes_on(thread, call, open);
}

/* ---- The row ---- */

static struct lw_misuse *row_of(const struct lw_misuse *key, uint32_t *number)
{
    uint64_t hash = lw_hash2((uint64_t)key->stack << 32 | key->first_stack, (uint64_t)key->site << 32 | key->kind);
    *number = lw_intern(LW_MISUSES, lw_hash2(hash, key->victim), key);
    return lw_element(LW_MISUSES, *number);
}

uint32_t lw_note_misuse(struct lw_record *record, struct lw_misuse *key, const struct lw_slot *slot)
{
    uint32_t number;
    key->first_time = record->now;
    if (!key->stack) {
        key->stack = record->trace.stack;
        key->call = record->call;
    }
    struct lw_misuse *row = row_of(key, &number);
    if (!row)
        return 0;
    lw_count(&row->count);
    row->last_time = record->now;
    row->thread = record->thread->id;
    row->handle = key->handle;
    row->error = key->error;
    row->owner = key->owner;
    row->given = key->given;
    if (slot)
        lw_copy_detail(row->detail, sizeof row->detail, slot);
    return number;
}

void lw_note_place(struct lw_record *record, enum lw_misuse_kind kind)
{
    lw_note_misuse(record, &(struct lw_misuse){.kind = kind}, NULL);
}

static void note(struct lw_record *record, struct lw_misuse *key, const struct lw_slot *slot)
{
    struct lw_thread *thread = record->thread;
    uint32_t number = is_sweep(thread) ? 0 : lw_note_misuse(record, key, slot);
    if (number && thread->sweep_noted < SWEEP)
        thread->sweep_rows[thread->sweep_noted++] = number;
}

/* ---- What cannot be a resource ---- */

void lw_remember_failure(const struct lw_call *call, uint32_t stack, int error)
{
    lw_remember_failure_of(&lw_thread, call->frame, call->hook, stack, error);
}

/* Is this call the release of such a thing? */
static bool releases(uint32_t hook, uint32_t kind)
{
    switch (hook) {
    case LW_HOOK_pclose:
        return kind == LW_STREAM_CHILD;
    case LW_HOOK_closedir:
        return kind == LW_DIR;
    case LW_HOOK_fts_close:
    case LW_HOOK_fts64_close:
        return kind == LW_DIR_TREE;
    case LW_HOOK_close:
    case LW_HOOK___close:
    case LW_HOOK_mq_close:
        return lw_class(kind) == LW_CLASS_FD;
    default: /* fclose, endmntent, freopen */
        return lw_class(kind) == LW_CLASS_STREAM;
    }
}

/* Can what is released now be the result of the call that failed? A stream's failure is a null pointer, a descriptor's -1. */
static bool can_be_its_result(const struct lw_thread *thread, uint32_t hook, enum lw_misuse_kind kind, uint64_t handle)
{
    uint32_t failed = lw_hooks[thread->failed_hook].kind;
    bool is_failure = kind == LW_INVALID_NULL || (kind == LW_INVALID_NUMBER && (int)handle == -1);
    return thread->failed_error && is_failure && releases(hook, failed);
}

/* A descriptor where a stream belongs: who had opened it? */
static void name_number(struct lw_misuse *key, uint64_t handle)
{
    const struct lw_slot *slot = lw_held_fd((int)handle);
    if (slot) {
        key->site = slot->site;
        key->resource = slot->kind;
    }
}

void lw_invalid_release(struct lw_call *call, enum lw_misuse_kind kind, uint64_t handle)
{
    int error = errno;
    struct lw_record record;
    if (lw_record_open(&record, call, true)) {
        const struct lw_thread *thread = record.thread;
        struct lw_misuse key = {.kind = kind, .handle = handle};
        if (kind == LW_INVALID_HANDLE)
            name_number(&key, handle);
        if (can_be_its_result(thread, call->hook, kind, handle)) {
            const char *name = lw_hooks[thread->failed_hook].name;
            key.first_stack = thread->failed_stack ? thread->failed_stack : lw_stack_of_address(thread->failed_place);
            key.first_call = lw_name(name, strlen(name));
            key.first_error = thread->failed_error;
            key.first_thread = thread->id;
        }
        note(&record, &key, NULL);
        lw_record_close(&record);
    }
    errno = error;
}

/* ---- Twice ---- */

/* Has this stack released what that site acquires? */
static bool usually_releases(uint32_t stack, uint32_t call, uint32_t site)
{
    return site && stack && lw_release_known(&(struct lw_release){.site = site, .stack = stack, .call = call});
}

static void closed_twice(struct lw_misuse *key, const struct lw_slot *slot, enum lw_misuse_kind kind)
{
    *key = (struct lw_misuse){.kind = kind,
                              .site = slot->site,
                              .first_stack = slot->release_stack,
                              .first_call = slot->release_call,
                              .first_thread = slot->release_thread,
                              .resource = slot->kind,
                              .handle = slot->handle};
}

/* The close that succeeded was the second one of what had the number before; `closer` did it. */
static void hit_another(struct lw_misuse *key, const struct lw_slot *slot, uint32_t closer, uint32_t call)
{
    *key = (struct lw_misuse){.kind = LW_CLOSED_REUSED,
                              .stack = closer,
                              .call = call,
                              .site = slot->prior_site,
                              .first_stack = slot->prior_stack,
                              .first_thread = slot->prior_thread,
                              .victim = slot->site,
                              .victim_thread = slot->thread,
                              .resource = slot->kind,
                              .handle = slot->handle};
}

static bool is_same_call(uint32_t stack, uint32_t other)
{
    const struct lw_frame *frame = lw_element(LW_STACKS, stack), *there = lw_element(LW_STACKS, other);
    return frame && there && frame->address == there->address;
}

/* Its owner has found it closed: who had closed it releases what had the number before, by habit or just then, and the
 * owner does not. */
static bool was_hit(const struct lw_slot *slot, uint32_t stack)
{
    uint32_t closer = slot->release_stack;
    if (!slot->prior_site || slot->prior_site == slot->site || closer == stack)
        return false;
    return usually_releases(closer, slot->release_call, slot->prior_site) ||
           (is_same_call(closer, slot->prior_stack) && !is_same_call(stack, slot->prior_stack));
}

/* Another had the number before: the first close may have been a second one of that, and this one its owner's. */
static bool is_doubtful(const struct lw_slot *slot, uint32_t stack)
{
    return slot->prior_site && slot->prior_site != slot->site && slot->release_stack != stack && !lw_reusing_late;
}

struct second_close {
    struct lw_call *call;
    const struct lw_slot *slot;
};

/* Aside, for what is written down takes room. */
static void closed_gone(void *context)
{
    const struct second_close *second = context;
    const struct lw_slot *slot = second->slot;
    struct lw_record record;
    if (!lw_record_open(&record, second->call, false))
        return;
    struct lw_misuse key;
    if (slot->flags & LW_INTERRUPTED)
        closed_twice(&key, slot, LW_CLOSED_AGAIN);
    else if (was_hit(slot, record.trace.stack))
        hit_another(&key, slot, slot->release_stack, slot->release_call);
    else
        closed_twice(&key, slot, LW_CLOSED_TWICE);
    if (is_doubtful(slot, record.trace.stack))
        key.flags |= LW_NUMBER_REUSED;
    key.error = key.kind == LW_CLOSED_REUSED ? 0 : EBADF; /* that close had succeeded */
    note(&record, &key, slot);
    lw_record_close(&record);
}

void lw_closed_gone(struct lw_call *call, const struct lw_slot *slot, int error)
{
    if (error == EBADF && !(slot->flags & (LW_SWEPT | LW_HIT)))
        lw_aside(closed_gone, &(struct second_close){call, slot});
}

void lw_handle_closed_twice(struct lw_call *call, struct lw_slot *slot)
{
    int error = errno;
    struct lw_record record;
    if (!(slot->flags & LW_INHERITED) && lw_record_open(&record, call, false)) {
        struct lw_misuse key;
        closed_twice(&key, slot, LW_HANDLE_TWICE);
        note(&record, &key, slot);
        lw_record_close(&record);
    }
    errno = error;
}

/* ---- Somebody else's ---- */

static uint32_t stack_of(uint32_t site)
{
    const struct lw_site *row = lw_element(LW_SITES, site);
    return row ? row->stack : 0;
}

/* Through code made at run time, and through an interpreter, all ways look alike. */
static bool is_told_apart(uint32_t stack)
{
    const struct lw_frame *frame;
    for (uint32_t within = UINT32_MAX; stack < within && (frame = lw_element(LW_STACKS, stack));
         stack = frame->parent) {
        if (lw_is_generated(frame) || lw_is_line(frame))
            return false;
        within = stack; /* who calls was there first */
    }
    return true;
}

/* Some release whatever they are handed: a thread that closes for others. Looked at no more than once for each site that
 * a stack had not released before. */
static bool releases_all_sorts(uint32_t stack, uint32_t usual)
{
    uint32_t count = __atomic_load_n(&lw_header()->tables[LW_RELEASES].count, __ATOMIC_ACQUIRE);
    for (uint32_t number = 1; number < count; number++) {
        const struct lw_release *row = lw_element(LW_RELEASES, number);
        if (row && row->stack == stack && stack_of(row->site) != usual)
            return true;
    }
    return false;
}

/* What a stack does by habit is evidence only if it has one. */
static bool has_one_habit(uint32_t stack, uint32_t usual)
{
    return is_told_apart(stack) && is_told_apart(usual) && !releases_all_sorts(stack, usual);
}

static bool is_another_threads(const struct lw_record *record, const struct lw_slot *slot)
{
    if (!lw_may_be_another_threads(record, slot))
        return false;
    uint32_t stack = record->trace.stack, call = record->call;
    return usually_releases(stack, call, slot->prior_site) && !usually_releases(stack, call, slot->site) &&
           lw_site_released(slot->site) && has_one_habit(stack, stack_of(slot->prior_site));
}

/* The owner's own release will fail then: that is the same story. */
static void note_foreign(struct lw_record *record, const struct lw_slot *slot, struct lw_slot *owner)
{
    owner->flags |= LW_HIT;
    struct lw_misuse key = {
        .kind = LW_FOREIGN_CLOSE, .site = owner->site, .resource = owner->kind, .handle = slot->handle};
    note(record, &key, owner->detail_length ? owner : slot);
}

/* That one will find it closed: the same story again. */
static void note_wrong_owner(struct lw_record *record, struct lw_slot *slot, uint64_t given)
{
    slot->flags |= LW_HIT;
    struct lw_misuse key = {.kind = LW_WRONG_OWNER,
                            .site = slot->site,
                            .resource = slot->kind,
                            .handle = slot->handle,
                            .owner = slot->tag,
                            .given = given};
    note(record, &key, slot);
}

/* The victim's own close will fail then: that is the same story. */
static void note_another(struct lw_record *record, struct lw_slot *slot)
{
    slot->flags |= LW_HIT;
    struct lw_misuse key;
    hit_another(&key, slot, record->trace.stack, record->call);
    note(record, &key, slot);
}

void lw_look_closer(struct lw_record *record, struct lw_call *call, struct lw_slot *slot)
{
    if (slot->flags & LW_INHERITED || slot->handle <= 2)
        return;
    struct lw_slot *owner = slot->owner ? lw_handle_by_number(slot->owner - 1) : NULL;
    if (owner && lw_is_held(lw_word(owner)) && !(owner->flags & LW_INHERITED))
        note_foreign(record, slot, owner);
    else if (slot->tag != call->tag)
        note_wrong_owner(record, slot, call->tag);
    else if (is_another_threads(record, slot))
        note_another(record, slot);
}

/* A stream was put over what another owner has, and takes it along. */
void lw_look_before_stream_closes(struct lw_record *record, struct lw_call *call, struct lw_slot *below)
{
    if (below->tag && below->tag != call->tag && !(below->flags & LW_INHERITED))
        note_wrong_owner(record, below, call->tag);
}

static bool is_duplicate_of(const struct lw_slot *slot, const struct lw_slot *other)
{
    return slot->flags & LW_DUPLICATE && slot->partner >= 0 && (uint64_t)slot->partner == other->handle;
}

/* A log gives way to its successor: both are appended to, or the same path has been opened anew. */
static bool is_log(const struct lw_slot *slot, const struct lw_slot *successor)
{
    uint32_t ways = O_ACCMODE | O_APPEND;
    if (slot->kind != LW_FD_FILE || successor->kind != LW_FD_FILE || (slot->open_flags ^ successor->open_flags) & ways)
        return false;
    uint16_t length = slot->detail_length;
    return slot->open_flags & O_APPEND || (length > 0 && length <= LW_DETAIL && length == successor->detail_length &&
                                           memcmp(slot->detail, successor->detail, length) == 0);
}

/* Where both are the same open file, nothing of it ends. What is below a stream is the stream's: it goes on to write into
 * what has taken the place. */
void lw_clobbered(struct lw_record *record, const struct lw_slot *slot, const struct lw_slot *from)
{
    const struct lw_slot *owner = slot->owner ? lw_handle_by_number(slot->owner - 1) : NULL;
    if (slot->site || !owner || !lw_is_held(lw_word(owner)))
        owner = slot;
    struct lw_misuse key = {.kind = LW_CLOBBERED,
                            .site = owner->site,
                            .resource = owner->kind,
                            .flags = (lw_is_writable(owner) ? LW_RELEASED_WRITABLE : 0) |
                                     (is_log(owner, from) ? LW_REPLACED_LOG : 0),
                            .handle = slot->handle};
    if (owner->site && slot->handle > 2 && !is_duplicate_of(slot, from) && !is_duplicate_of(from, slot))
        note(record, &key, owner->detail_length ? owner : slot);
}
