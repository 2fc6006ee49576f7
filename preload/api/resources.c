/* What a program says about single resources: handed over, held on purpose, labelled. */
#include "resources.h"

#include <string.h>
#include <unistd.h>

#include "account/account.h"
#include "process/process.h"
#include "real/real.h"
#include "wake/wake.h"

/* A descriptor below a stream or directory is that. NULL: not held, or not known. */
static struct lw_slot *held_slot(enum leakwatch_kind kind, uintptr_t handle)
{
    uint32_t number;
    uint64_t word;
    struct lw_slot *slot = NULL;
    if (kind == LEAKWATCH_KIND_FD && handle < LW_FD_MAX)
        slot = lw_fd_slot((int)handle, false);
    else if (kind != LEAKWATCH_KIND_FD && kind != LEAKWATCH_KIND_LOCK && handle)
        slot = lw_handle_slot(handle, &number, &word);
    if (slot && lw_is_held(lw_word(slot)) && slot->owner)
        slot = lw_handle_by_number(slot->owner - 1);
    return slot && lw_is_held(lw_word(slot)) ? slot : NULL;
}

/* ---- Handed over ---- */

/* The scope around the one that holds it, if that one is this thread's. */
static struct lw_span *outer_of(const struct lw_thread *thread, const struct lw_slot *slot)
{
    enum lw_span_state state;
    const struct lw_span *span = slot->entry & LW_LEFT ? NULL : lw_span_find(slot->entry, &state);
    struct lw_span *outer = span && span->thread == thread->id ? span->outer : NULL;
    return outer && outer->kind != LW_SCOPE_THREAD ? outer : NULL;
}

/* False: there is no such scope. outer: what LEAKWATCH_OUTER means here. */
static bool receiver(const struct lw_thread *thread, leakwatch_scope_t to, struct lw_span *outer, struct lw_span **span)
{
    enum lw_span_state state;
    *span = NULL;
    if (to == LEAKWATCH_PROCESS || to == LEAKWATCH_UNRECORDED)
        return true;
    if (to == LEAKWATCH_OUTER)
        *span = outer;
    else if (!to)
        *span = thread->innermost;
    else
        return (*span = lw_span_find((uint64_t)to, &state)) != NULL;
    return true;
}

static bool hand_over(struct lw_thread *thread, struct lw_slot *slot, leakwatch_scope_t to)
{
    struct lw_span *span;
    if (!slot || !receiver(thread, to, outer_of(thread, slot), &span) || !lw_recharge(thread, slot, span))
        return false;
    __atomic_fetch_or(&slot->flags, LW_HANDED, __ATOMIC_RELAXED);
    return true;
}

/* A lock is its thread's: another thread's scope, or a detached one, cannot have it. */
static bool hand_over_lock(const struct lw_thread *thread, uintptr_t lock, leakwatch_scope_t to)
{
    struct lw_span *innermost = thread->innermost, *span;
    if (!receiver(thread, to, innermost ? innermost->outer : NULL, &span))
        return false;
    bool is_scope = span && span->kind != LW_SCOPE_THREAD && span->thread == thread->id;
    return lw_recharge_lock((const void *)lock, is_scope ? span : NULL);
}

int lw_hand_over(enum leakwatch_kind kind, uintptr_t handle, leakwatch_scope_t to, const void *frame)
{
    struct lw_mark mark;
    struct lw_thread *thread = lw_scopes_enter(&mark, frame, false);
    if (!thread)
        return -1;
    bool done = kind == LEAKWATCH_KIND_LOCK ? hand_over_lock(thread, handle, to)
                                            : hand_over(thread, held_slot(kind, handle), to);
    lw_scopes_leave(thread, &mark);
    return done ? 0 : -1;
}

/* ---- Labelled ---- */

/* At the end of the detail, which gives way. Of a long label the end is kept: there the name of a file stands. */
static bool write_label(struct lw_slot *slot, const char *text)
{
    uint64_t word = lw_word(slot), writing = lw_next_word(word, LW_WRITING);
    if (lw_state(word) != LW_HELD || !lw_change(slot, word, writing))
        return false;
    size_t length = strlen(text), cut = length > LW_LABEL ? length - LW_LABEL : 0;
    length -= cut;
    if (slot->detail_length > LW_DETAIL - length) {
        slot->detail_length = (uint16_t)(LW_DETAIL - length);
        slot->flags |= LW_DETAIL_CUT;
    }
    memcpy(slot->detail + LW_DETAIL - length, text + cut, length);
    slot->label_length = (uint16_t)length;
    lw_change(slot, writing, lw_in_state(writing, LW_HELD));
    return true;
}

int lw_label(enum leakwatch_kind kind, uintptr_t handle, const char *text, const void *frame)
{
    struct lw_mark mark;
    struct lw_thread *thread = lw_scopes_enter(&mark, frame, false);
    if (!thread)
        return -1;
    struct lw_slot *slot = held_slot(kind, handle);
    bool done = slot && write_label(slot, text ? text : "");
    lw_scopes_leave(thread, &mark);
    return done ? 0 : -1;
}

static bool expect_held(struct lw_slot *slot, const char *reason)
{
    if (!slot || (reason && !write_label(slot, reason)))
        return false;
    if (!(__atomic_fetch_or(&slot->flags, LW_EXPECTED, __ATOMIC_RELAXED) & LW_EXPECTED))
        lw_count(&lw_header()->expected);
    return true;
}

int lw_expect_held(enum leakwatch_kind kind, uintptr_t handle, const char *reason, const void *frame)
{
    struct lw_mark mark;
    struct lw_thread *thread = lw_scopes_enter(&mark, frame, false);
    if (!thread)
        return -1;
    bool done = kind == LEAKWATCH_KIND_LOCK ? lw_expect_lock((const void *)handle)
                                            : expect_held(held_slot(kind, handle), reason);
    lw_scopes_leave(thread, &mark);
    return done ? 0 : -1;
}

/* ---- Owned ---- */

int lw_own(int fd, uint64_t tag, const void *frame)
{
    struct lw_mark mark;
    struct lw_thread *thread = lw_scopes_enter(&mark, frame, false);
    if (!thread)
        return -1;
    struct lw_slot *slot = lw_held_fd(fd);
    if (slot)
        slot->tag = tag;
    lw_scopes_leave(thread, &mark);
    return slot ? 0 : -1;
}

/* The hook of close, for a caller who says who he is. */
int lw_close_owned(int fd, uint64_t tag, const void *frame)
{
    struct lw_call call;
    if (!lw_enter(&call, LW_HOOK_close, frame))
        return LW_REAL(close)(fd);
    call.tag = tag;
    lw_releasing_fd(&call, fd);
    int result = LW_REAL(close)(fd);
    lw_released(&call, result);
    return result;
}
