/* The steps of the usual roads, in line: see usual.c. */
#ifndef LW_STEPS_H
#define LW_STEPS_H

#include "in_line.h"
#include "misuses.h"
#include "process/process.h"
#include "real/real.h"
#include "scope/scope.h"
#include "stack/stack.h"
#include "wake/wake.h"

/* What is done first, and as a rule alone. Clang would keep its room on the stack for the general road behind it. */
#if defined(__clang__)
#define LW_PART static __attribute__((noinline))
#else
#define LW_PART static LW_IN_LINE
#endif

#pragma GCC visibility push(hidden)

/* Leaves errno as it was. */
void lw_take_sample_usually(uint64_t now);

static LW_IN_LINE void lw_usual_sample(uint64_t now)
{
    if (__builtin_expect(now >= lw_next_sample, 0))
        lw_take_sample_usually(now);
}

/* ---- For whom ---- */

/* Each road is there twice, for threads that work for scopes by itself: `scoped` is known where it is compiled. */
static LW_IN_LINE bool lw_is_scoped(void)
{
    return __builtin_expect(lw_thread.innermost != NULL, 0);
}

/* Around an event of a thread that works for a scope: its scopes are this event's alone. False: the general road. */
static LW_IN_LINE bool lw_own_scopes(struct lw_thread *thread, struct lw_mark *mark)
{
    if (!thread->inside && lw_mark_set(thread, mark)) {
        if (__builtin_expect(thread->innermost && !lw_scopes_unsettled(thread), 1))
            return true;
        lw_mark_clear(thread, mark);
    }
    return false;
}

/* The slot is being filled. */
static LW_IN_LINE void lw_usual_charge(struct lw_thread *thread, bool scoped, struct lw_slot *slot)
{
    if (scoped)
        lw_charge_innermost(thread, true, slot);
    else
        slot->entry = 0;
}

/* A scope of the program's notes what failed in it; a thread's own does not. */
static LW_IN_LINE bool lw_takes_no_failures(const struct lw_thread *thread)
{
    const struct lw_span *span = thread->innermost;
    return !__builtin_expect(span != NULL, 0) || (span->kind == LW_SCOPE_THREAD && !lw_scopes_unsettled(thread));
}

/* ---- Acquired ---- */

struct lw_asking {
    const void *frame;
    uint32_t hook, kind;
};

/* What the memo of its stack knows of an acquisition. count NULL: nothing. */
struct lw_known {
    struct lw_site_count *count;
    uint32_t site, stack;
};

static LW_IN_LINE struct lw_known lw_known_site(const struct lw_thread *thread, const struct lw_asking *asking)
{
    struct lw_trace trace = lw_stack_recalled(thread, asking->frame);
    if (!__builtin_expect(trace.memo != NULL, 1))
        return (struct lw_known){NULL, 0, 0};
    uint64_t key = lw_memo_acquired(trace.stack, thread->scope, asking->hook);
    struct lw_pair there = lw_pair_read(&trace.memo->acquired);
    bool is_known = there.key - key - 1 < LW_MEMO_SITES - 1 && there.value >> LW_MEMO_KIND_SHIFT == asking->kind;
    if (!__builtin_expect(is_known, 1))
        return (struct lw_known){NULL, 0, 0};
    uint64_t count = there.value & ((1ULL << LW_MEMO_KIND_SHIFT) - 1);
    return (struct lw_known){(struct lw_site_count *)count, (uint32_t)(there.key - key), trace.stack};
}

static LW_IN_LINE uint64_t lw_time_of(struct lw_thread *thread)
{
    uint64_t now = lw_now();
    if (__builtin_expect(now <= thread->last_time, 0))
        now = thread->last_time + 1;
    thread->last_time = now;
    return now;
}

/* The slot of what has been acquired, if nothing is held in it, and its word while it is written. */
struct lw_taken {
    struct lw_slot *slot; /* NULL: the general road */
    uint64_t writing;
};

static LW_IN_LINE struct lw_taken lw_find_fd(int fd)
{
    struct lw_slot *slot = fd > 2 ? lw_fd_slot_quickly(fd) : NULL;
    if (!__builtin_expect(slot != NULL, 1))
        return (struct lw_taken){NULL, 0};
    uint64_t word = lw_word(slot);
    bool is_free = lw_state(word) == LW_FREE || lw_state(word) == LW_EMPTY;
    return (struct lw_taken){__builtin_expect(is_free, 1) ? slot : NULL, lw_next_word(word, LW_WRITING)};
}

/* From here on it is written. */
static LW_IN_LINE void lw_begin_fd(const struct lw_taken *taken, const struct lw_thread *thread, uint64_t now, int fd,
                                   uint32_t kind, uint32_t site)
{
    __atomic_store_n(&taken->slot->word, taken->writing, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    lw_usual_fill(taken->slot, now, thread->id, (uint64_t)fd, kind, site);
}

/* And here it has been. */
static LW_IN_LINE void lw_hold_fd(const struct lw_taken *taken, struct lw_thread *thread, int fd)
{
    lw_change(taken->slot, taken->writing, lw_in_state(taken->writing, LW_HELD));
    lw_tally(&thread->lane->opened);
    lw_note_peak(fd);
}

/* ---- Given back ---- */

/* Is it held for the process, or for the scope that this thread works for? */
static LW_IN_LINE bool lw_is_own_charge(const struct lw_thread *thread, bool scoped, const struct lw_slot *slot)
{
    return __builtin_expect(!slot->entry, 1) || (scoped && slot->entry == thread->innermost->id);
}

/* It has been handed over meanwhile. */
void lw_discharge_other(struct lw_thread *thread, const struct lw_trace *trace, const void *frame, uint32_t hook,
                        struct lw_slot *slot);

static LW_IN_LINE void lw_usual_discharge(struct lw_thread *thread, bool scoped, const struct lw_trace *trace,
                                          const void *frame, uint32_t hook, struct lw_slot *slot)
{
    if (__builtin_expect(!slot->entry, 1))
        return;
    if (__builtin_expect(lw_is_own_charge(thread, scoped, slot), 1))
        lw_step(&thread->innermost->here, -1);
    else
        lw_discharge_other(thread, trace, frame, hook, slot);
}

/* Of descriptors and streams: lw_is_writable without a look at most of them. */
static LW_IN_LINE bool lw_may_lose_writes(const struct lw_slot *slot)
{
    return (slot->kind == LW_FD_FILE || slot->kind == LW_STREAM_FILE) && slot->open_flags & O_ACCMODE &&
           lw_is_writable(slot);
}

/* Both counters that the memo of its stack knows of this release. */
static LW_IN_LINE bool lw_is_known_release(const struct lw_trace *trace, const struct lw_slot *slot, uint32_t hook,
                                           uint64_t *counters)
{
    if (!__builtin_expect(trace->memo != NULL && slot->site - 1 < LW_MEMO_SITES - 1, 1))
        return false;
    uint64_t key = lw_memo_released(trace->stack, slot->site, hook);
    struct lw_pair there = lw_pair_read(&trace->memo->released);
    *counters = there.value;
    return there.key == (key | LW_MEMO_WRITABLE) || (there.key == key && !lw_may_lose_writes(slot));
}

static LW_IN_LINE void lw_count_release(const struct lw_slot *slot, uint64_t counters, uint64_t now)
{
    uint64_t *release = lw_counter_at(counters & UINT32_MAX);
    if (release)
        lw_tally(release);
    struct lw_site_count *site = lw_counter_at(counters >> 32);
    if (site)
        lw_count_released(site, slot->acquired_time, now);
}

/* hook: one of which the memo has known something, and so the ledger the name. */
static LW_IN_LINE void lw_note_release(struct lw_slot *slot, const struct lw_thread *thread, uint32_t stack,
                                       uint32_t hook, uint64_t now)
{
    slot->release_stack = stack;
    slot->release_thread = thread->id;
    slot->release_call = lw_call_names[hook];
    slot->released_time = now;
}

#pragma GCC visibility pop

#endif
