/* The usual road of the most frequent events: a descriptor is acquired, fails to be, or is given back.
 *
 * DESIGN. An event is as usual where its thread is known, its scopes are as it left them, its stack is remembered, the memo
 * knows its counters, and the slot is in the state that it should be in. All of that is looked at first, and nothing is
 * written before it is known; so any other event can still go the general road (acquire.c, release.c), which looks at
 * everything anew. What is written then is what the general road writes, in the same order where somebody may come in
 * between. Nothing here can change errno but the taking of a sample. */
#include "account.h"

#include <errno.h>
#include <fcntl.h>

#include "lock/lock.h"
#include "steps.h"

/* The hot code begins here, with a page of its own: which of it share one is then the same whatever lies before it. */
__asm__(".pushsection .text.hot, \"ax\"\n.p2align 12\n.popsection");

__attribute__((noinline)) void lw_take_sample_usually(uint64_t now)
{
    int error = errno;
    lw_take_sample(now);
    errno = error;
}

__attribute__((noinline)) void lw_discharge_other(struct lw_thread *thread, const struct lw_trace *trace,
                                                  const void *frame, uint32_t hook, struct lw_slot *slot)
{
    struct lw_record record = {.thread = thread,
                               .trace = *trace,
                               .frame = frame,
                               .now = slot->released_time,
                               .call = lw_call_names[hook],
                               .hook = hook,
                               .owns_scopes = thread->innermost != NULL};
    lw_discharge_span(&record, slot);
}

/* ---- Acquired ---- */

LW_HOT_DATA uint64_t lw_peak;
LW_HOT_DATA uint32_t lw_peak_era;

static LW_IN_LINE void fill(const struct lw_taken *taken, struct lw_thread *thread, bool scoped, uint64_t now, int fd,
                            uint32_t kind, uint32_t site)
{
    lw_begin_fd(taken, thread, now, fd, kind, site);
    lw_usual_charge(thread, scoped, taken->slot);
}

static LW_IN_LINE void hold(const struct lw_taken *taken, struct lw_thread *thread, struct lw_site_count *count,
                            uint64_t now, int fd)
{
    lw_hold_fd(taken, thread, fd);
    lw_count_acquired(count, now);
}

/* What follows is between lw_own_scopes and lw_mark_clear, where the thread works for a scope. */
static LW_IN_LINE bool acquired_for(struct lw_thread *thread, bool scoped, const struct lw_asking *asking, int fd,
                                    const struct lw_taken *taken, const struct lw_detail *detail, uint64_t *now)
{
    struct lw_known known = lw_known_site(thread, asking);
    if (!__builtin_expect(known.count != NULL, 1))
        return false;
    *now = lw_time_of(thread);
    fill(taken, thread, scoped, *now, fd, asking->kind, known.site);
    lw_usual_detail(taken->slot, detail);
    hold(taken, thread, known.count, *now, fd);
    lw_tally(&thread->lane->stacks_remembered);
    return true;
}

LW_PART bool acquired(bool scoped, const struct lw_asking *asking, int fd, const struct lw_detail *detail)
{
    struct lw_thread *thread = &lw_thread;
    struct lw_mark mark;
    uint64_t now;
    if (!__builtin_expect(lw_is_usual_thread(thread), 1))
        return false;
    struct lw_taken taken = lw_find_fd(fd);
    if (!__builtin_expect(taken.slot && (!scoped || lw_own_scopes(thread, &mark)), 1))
        return false;
    bool done = acquired_for(thread, scoped, asking, fd, &taken, detail, &now);
    if (scoped)
        lw_mark_clear(thread, &mark);
    if (done)
        lw_usual_sample(now);
    return done;
}

LW_PART bool failed(const struct lw_asking *asking)
{
    struct lw_thread *thread = &lw_thread;
    int error = errno;
    if (!__builtin_expect(lw_is_usual_thread(thread), 1) || error == EMFILE || error == ENFILE ||
        !lw_takes_no_failures(thread))
        return false;
    struct lw_known known = lw_known_site(thread, asking);
    if (!__builtin_expect(known.count != NULL, 1))
        return false;
    uint64_t now = lw_time_of(thread);
    lw_tally(&thread->lane->stacks_remembered);
    lw_tally(&known.count->failed);
    lw_remember_failure_of(thread, asking->frame, asking->hook, known.stack, error);
    lw_usual_sample(now);
    return true;
}

static LW_IN_LINE bool acquired_fd(bool scoped, struct lw_call *call, int fd, uint32_t kind,
                                   const struct lw_detail *detail)
{
    struct lw_asking asking = {call->frame, call->hook, kind};
    return fd >= 0 && !lw_unusual && detail && acquired(scoped, &asking, fd, detail);
}

/* (Not on its frame, nor on its like, does the general road stand.) */
static __attribute__((noinline)) bool acquired_fd_scoped(struct lw_call *call, int fd, uint32_t kind,
                                                         const struct lw_detail *detail)
{
    return acquired_fd(true, call, fd, kind, detail);
}

LW_HOT_CODE void lw_acquired_fd(struct lw_call *call, int fd, uint32_t kind, const struct lw_detail *detail)
{
    bool usual =
        lw_is_scoped() ? acquired_fd_scoped(call, fd, kind, detail) : acquired_fd(false, call, fd, kind, detail);
    if (!__builtin_expect(usual, 1))
        lw_acquired_fd_generally(call, fd, kind, detail);
}

static LW_IN_LINE bool pair_for(struct lw_thread *thread, bool scoped, const struct lw_asking *asking, const int fds[2],
                                const struct lw_taken taken[2], const struct lw_detail *detail, uint64_t *now)
{
    struct lw_known known = lw_known_site(thread, asking);
    if (!__builtin_expect(known.count != NULL, 1))
        return false;
    *now = lw_time_of(thread);
    for (int i = 0; i < 2; i++) {
        fill(&taken[i], thread, scoped, *now, fds[i], asking->kind, known.site);
        lw_usual_detail(taken[i].slot, detail);
        taken[i].slot->partner = fds[1 - i];
        hold(&taken[i], thread, known.count, *now, fds[i]);
    }
    lw_tally(&thread->lane->stacks_remembered);
    return true;
}

LW_PART bool acquired_pair(bool scoped, const struct lw_asking *asking, const int fds[2],
                           const struct lw_detail *detail)
{
    struct lw_thread *thread = &lw_thread;
    struct lw_mark mark;
    uint64_t now;
    if (!__builtin_expect(lw_is_usual_thread(thread) && fds[0] != fds[1], 1))
        return false;
    struct lw_taken taken[2] = {lw_find_fd(fds[0]), lw_find_fd(fds[1])};
    if (!__builtin_expect(taken[0].slot && taken[1].slot && (!scoped || lw_own_scopes(thread, &mark)), 1))
        return false;
    bool done = pair_for(thread, scoped, asking, fds, taken, detail, &now);
    if (scoped)
        lw_mark_clear(thread, &mark);
    if (done)
        lw_usual_sample(now);
    return done;
}

static LW_IN_LINE bool acquired_both(bool scoped, struct lw_call *call, int result, const int fds[2], uint32_t kind,
                                     const struct lw_detail *detail)
{
    struct lw_asking asking = {call->frame, call->hook, kind};
    return result == 0 && !lw_unusual && detail && acquired_pair(scoped, &asking, fds, detail);
}

static __attribute__((noinline)) bool acquired_both_scoped(struct lw_call *call, int result, const int fds[2],
                                                           uint32_t kind, const struct lw_detail *detail)
{
    return acquired_both(true, call, result, fds, kind, detail);
}

LW_HOT_CODE void lw_acquired_pair(struct lw_call *call, int result, const int fds[2], uint32_t kind,
                                  const struct lw_detail *detail)
{
    bool usual = lw_is_scoped() ? acquired_both_scoped(call, result, fds, kind, detail)
                                : acquired_both(false, call, result, fds, kind, detail);
    if (!__builtin_expect(usual, 1))
        lw_acquired_pair_generally(call, result, fds, kind, detail);
}

static LW_IN_LINE bool duplicated_for(struct lw_thread *thread, bool scoped, const struct lw_asking *asking,
                                      const struct lw_slot *original, int from, int to, const struct lw_taken *taken,
                                      bool cloexec, uint64_t *now)
{
    struct lw_known known = lw_known_site(thread, asking);
    if (!__builtin_expect(known.count != NULL, 1))
        return false;
    *now = lw_time_of(thread);
    fill(taken, thread, scoped, *now, to, asking->kind, known.site);
    taken->slot->flags = cloexec ? LW_CLOEXEC : 0;
    lw_describe_duplicate(taken->slot, from, original);
    hold(taken, thread, known.count, *now, to);
    lw_tally(&thread->lane->stacks_remembered);
    return true;
}

/* Of something that is held; in the place of nothing. */
LW_PART bool duplicated(bool scoped, const struct lw_call *call, int from, int to, bool cloexec)
{
    struct lw_thread *thread = &lw_thread;
    struct lw_mark mark;
    uint64_t now;
    if (!__builtin_expect(lw_is_usual_thread(thread) && !lw_in_child && !call->fd.slot, 1))
        return false;
    struct lw_slot *original = lw_fd_slot_quickly(from);
    struct lw_taken taken = lw_find_fd(to);
    if (!__builtin_expect(original && taken.slot && lw_is_held(lw_word(original)), 1))
        return false;
    if (!__builtin_expect(!scoped || lw_own_scopes(thread, &mark), 1))
        return false;
    struct lw_asking asking = {call->frame, call->hook, original->kind};
    bool done = duplicated_for(thread, scoped, &asking, original, from, to, &taken, cloexec, &now);
    if (scoped)
        lw_mark_clear(thread, &mark);
    if (done)
        lw_usual_sample(now);
    return done;
}

static LW_IN_LINE bool duplicated_to(bool scoped, struct lw_call *call, int from, int to, bool cloexec)
{
    return to >= 0 && !lw_unusual && duplicated(scoped, call, from, to, cloexec);
}

static __attribute__((noinline)) bool duplicated_scoped(struct lw_call *call, int from, int to, bool cloexec)
{
    return duplicated_to(true, call, from, to, cloexec);
}

LW_HOT_CODE void lw_duplicated(struct lw_call *call, int from, int to, bool cloexec)
{
    bool usual =
        lw_is_scoped() ? duplicated_scoped(call, from, to, cloexec) : duplicated_to(false, call, from, to, cloexec);
    if (!__builtin_expect(usual, 1))
        lw_duplicated_generally(call, from, to, cloexec);
}

/* Instead of the rest of lw_open_usually: it does not stand on its frame. */
static __attribute__((noinline)) int opened_generally(const void *frame, uint32_t hook, int fd, const char *path,
                                                      int flags)
{
    struct lw_call call = {.frame = frame, .hook = hook};
    struct lw_detail detail = {.text = path, .open_flags = (uint32_t)flags, .cloexec = flags & O_CLOEXEC};
    lw_acquired_fd_generally(&call, fd, lw_kind_opened(flags), &detail);
    return fd;
}

static LW_IN_LINE bool opened(bool scoped, const void *frame, uint32_t hook, int fd, const char *path, int flags)
{
    struct lw_detail detail = {.text = path, .open_flags = (uint32_t)flags, .cloexec = flags & O_CLOEXEC};
    struct lw_asking asking = {frame, hook, fd < 0 ? LW_FD_FILE : lw_kind_opened(flags)};
    return fd < 0 ? failed(&asking) : acquired(scoped, &asking, fd, &detail);
}

static __attribute__((noinline)) bool opened_scoped(const void *frame, uint32_t hook, int fd, const char *path,
                                                    int flags)
{
    return opened(true, frame, hook, fd, path, flags);
}

LW_HOT_CODE int lw_open_usually(const char *path, int flags, mode_t mode, const void *frame, uint32_t hook)
{
    lw_touch_stack(LW_STACK_NEEDED_TO_OPEN);
    int fd = ((int (*)(const char *, int, ...))lw_real(hook))(path, flags, mode);
    bool usual =
        lw_is_scoped() ? opened_scoped(frame, hook, fd, path, flags) : opened(false, frame, hook, fd, path, flags);
    return __builtin_expect(usual, 1) ? fd : opened_generally(frame, hook, fd, path, flags);
}

/* ---- Given back ---- */

/* Held by its number alone, for no other scope, and the closer's to close as far as can be seen without a search. */
static LW_IN_LINE bool is_plainly_held(const struct lw_thread *thread, bool scoped, const struct lw_slot *slot,
                                       uint64_t word)
{
    return lw_state(word) == LW_HELD && !slot->owner && !slot->tag && lw_is_own_charge(thread, scoped, slot) &&
           (slot->thread == thread->id || !slot->prior_site || slot->prior_site == slot->site);
}

/* A release under way; slot NULL: nothing has been done. */
struct closing {
    struct lw_slot *slot;
    uint64_t word; /* as RELEASING */
    uint32_t site; /* of what is released: when it has been, the slot may be another's */
};
#define NOT_USUAL ((struct closing){NULL, 0, 0})

static LW_IN_LINE struct closing begin_closing_for(struct lw_thread *thread, bool scoped, const void *frame,
                                                   uint32_t hook, struct lw_slot *slot, uint64_t *now)
{
    uint64_t word = lw_word(slot), counters;
    if (!__builtin_expect(is_plainly_held(thread, scoped, slot, word), 1))
        return NOT_USUAL;
    struct lw_trace trace = lw_stack_recalled(thread, frame);
    if (!__builtin_expect(lw_is_known_release(&trace, slot, hook, &counters), 1))
        return NOT_USUAL;
    uint64_t releasing = lw_next_word(word, LW_RELEASING);
    *now = lw_now();
    if (!__builtin_expect(lw_change(slot, word, releasing), 1))
        return NOT_USUAL;
    lw_note_release(slot, thread, trace.stack, hook, *now);
    lw_usual_discharge(thread, scoped, &trace, frame, hook, slot);
    lw_tally(&thread->lane->stacks_remembered);
    lw_count_release(slot, counters, *now);
    return (struct closing){slot, releasing, slot->site};
}

/* By a usual thread. */
static LW_IN_LINE struct closing begin_closing(bool scoped, const void *frame, uint32_t hook, int fd)
{
    struct lw_thread *thread = &lw_thread;
    struct lw_mark mark;
    uint64_t now;
    if (!__builtin_expect(!lw_file_locks && thread->sweep_empty == 0, 1))
        return NOT_USUAL;
    struct lw_slot *slot = lw_fd_slot_quickly(fd);
    if (!__builtin_expect(slot && (!scoped || lw_own_scopes(thread, &mark)), 1))
        return NOT_USUAL;
    struct closing closing = begin_closing_for(thread, scoped, frame, hook, slot, &now);
    if (scoped)
        lw_mark_clear(thread, &mark);
    if (!__builtin_expect(closing.slot != NULL, 1))
        return closing;
    lw_step_of_usual(thread, frame, fd);
    if (__builtin_expect(lw_in_child, 0))
        lw_child_changed(fd);
    lw_usual_sample(now);
    return closing;
}

static __attribute__((noinline)) int closing_failed(const void *frame, uint32_t hook, int fd, struct closing closing)
{
    struct lw_call call = {
        .frame = frame, .hook = hook, .handle = (uint64_t)fd, .fd = {closing.slot, closing.word, closing.site}};
    lw_released(&call, -1);
    return -1;
}

static LW_IN_LINE int close_usually(bool scoped, int fd, const void *frame, uint32_t hook)
{
    struct closing closing = begin_closing(scoped, frame, hook, fd);
    if (!__builtin_expect(closing.slot != NULL, 1))
        return LW_NOT_USUAL;
    int result = ((int (*)(int))lw_real(hook))(fd);
    if (__builtin_expect(result != 0, 0))
        return closing_failed(frame, hook, fd, closing);
    if (lw_change(closing.slot, closing.word, lw_in_state(closing.word, LW_FREE)) && lw_thread.lane)
        lw_tally(&lw_thread.lane->closed);
    return result;
}

static __attribute__((noinline)) int close_scoped(int fd, const void *frame, uint32_t hook)
{
    return close_usually(true, fd, frame, hook);
}

LW_HOT_CODE int lw_close_usually(int fd, const void *frame, uint32_t hook)
{
    lw_touch_stack(LW_STACK_NEEDED);
    return lw_is_scoped() ? close_scoped(fd, frame, hook) : close_usually(false, fd, frame, hook);
}

void lw_releasing_fd(struct lw_call *call, int fd)
{
    bool usual = !call->tag && !lw_unusual && lw_is_usual_thread(&lw_thread) && !lw_is_scoped();
    struct closing closing = usual ? begin_closing(false, call->frame, call->hook, fd) : NOT_USUAL;
    if (!closing.slot) {
        lw_releasing_fd_generally(call, fd);
        return;
    }
    call->handle = (uint64_t)fd;
    call->fd = (struct lw_pending){closing.slot, closing.word, closing.site};
}

/* ---- Is it usual? ---- */

LW_HOT_DATA bool lw_unusual = true;

void lw_settle_usual(bool injecting)
{
    lw_unusual = injecting || lw_reusing_late || lw_libc_callers != 0 || lw_check != 0 || lw_options.order;
}
