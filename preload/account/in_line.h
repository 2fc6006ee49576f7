/* The steps of an event that nearly all take, in line: each is called in a few places, and a call costs as much as some of
 * them do. What is rarely needed of them stands out of line, in record.c, sites.c and slot.c. */
#ifndef LW_IN_LINE_H
#define LW_IN_LINE_H

#include <fcntl.h>
#include <stddef.h>
#include <string.h>

#include "misuses.h"
#include "process/process.h"
#include "record.h"
#include "scope/scope.h"
#include "wake/wake.h"

#pragma GCC visibility push(hidden)

#define LW_IN_LINE inline __attribute__((always_inline))

/* ---- The record ---- */

static LW_IN_LINE bool lw_usual_open(struct lw_record *record, const struct lw_call *call, bool worth)
{
    struct lw_thread *thread = lw_present(worth);
    if (!thread)
        return false;
    record->thread = thread;
    record->frame = call->frame;
    record->now = lw_now();
    record->call = lw_call_name(call->hook);
    record->hook = call->hook;
    lw_stack_here(thread, call->frame, &record->trace);
    record->owns_scopes = (thread->innermost || thread->sourced) && lw_mark_set(thread, &record->mark);
    if (record->owns_scopes && lw_scopes_unsettled(thread))
        lw_scopes_settle(thread, call->frame);
    return true;
}

static LW_IN_LINE void lw_usual_close(struct lw_record *record)
{
    if (record->owns_scopes)
        lw_mark_clear(record->thread, &record->mark);
    lw_sample(record->now);
}

/* ---- Its site ---- */

/* The clock is as coarse as the kernel's tick. Within one a thread's acquisitions go on by nanoseconds, of which a tick has
 * more than there is time for acquisitions: so times tell which came first. */
static LW_IN_LINE void lw_usual_time(struct lw_record *record)
{
    struct lw_thread *thread = record->thread;
    if (__builtin_expect(record->now <= thread->last_time, 0))
        record->now = thread->last_time + 1;
    thread->last_time = record->now;
}

/* Where nothing is remembered of it; `there` is what was read instead. */
uint32_t lw_record_site_search(struct lw_record *record, uint32_t kind, struct lw_pair there,
                               struct lw_site_count **count);

static LW_IN_LINE uint32_t lw_usual_site(struct lw_record *record, uint32_t kind, struct lw_site_count **count)
{
    lw_usual_time(record);
    if (__builtin_expect(record->thread->sourced, 0))
        lw_lines_apply(record);
    struct lw_memo *memo = record->trace.memo;
    struct lw_pair there = {0, 0};
    if (__builtin_expect(memo != NULL, 1)) {
        uint64_t key = lw_memo_acquired(record->trace.stack, record->thread->scope, record->hook);
        there = lw_pair_read(&memo->acquired);
        if (__builtin_expect(there.key - key - 1 < LW_MEMO_SITES - 1 && there.value >> LW_MEMO_KIND_SHIFT == kind, 1)) {
            *count = (struct lw_site_count *)(there.value - ((uint64_t)kind << LW_MEMO_KIND_SHIFT));
            return (uint32_t)(there.key - key);
        }
    }
    return lw_record_site_search(record, kind, there, count);
}

static LW_IN_LINE void lw_count_acquired(struct lw_site_count *count, uint64_t now)
{
    lw_tally(&count->acquired);
    count->last_time = now;
    uint64_t held = count->acquired - count->released - count->unseen;
    if (__builtin_expect(held > count->peak, 0) && held <= count->acquired)
        count->peak = held;
}

/* ---- Its release ---- */

/* The two counters that a release moves, found by the memo or looked up. */
struct lw_release_counters {
    struct lw_site_count *site;
    uint64_t *release;
};

/* Where they stand in the ledger, in units of eight bytes: in a word. */
static inline void *lw_counter_at(uint64_t place)
{
    return place ? lw_map.base + place * 8 : NULL;
}

/* Where nothing is remembered of it; `there` is what was read instead. */
struct lw_release_counters lw_record_release_search(struct lw_record *record, const struct lw_slot *slot,
                                                    struct lw_pair there);

static LW_IN_LINE struct lw_release_counters lw_usual_counters(struct lw_record *record, const struct lw_slot *slot)
{
    struct lw_memo *memo = record->trace.memo;
    struct lw_pair there = {0, 0};
    if (__builtin_expect(memo && slot->site < LW_MEMO_SITES, 1)) {
        uint64_t key = lw_memo_released(record->trace.stack, slot->site, record->hook);
        there = lw_pair_read(&memo->released);
        if (there.key == (key | LW_MEMO_WRITABLE) || (there.key == key && !lw_is_writable(slot)))
            return (struct lw_release_counters){lw_counter_at(there.value >> 32),
                                                lw_counter_at(there.value & UINT32_MAX)};
    }
    return lw_record_release_search(record, slot, there);
}

static LW_IN_LINE void lw_count_released(struct lw_site_count *site, uint64_t acquired, uint64_t now)
{
    lw_tally(&site->released);
    uint64_t lived = now > acquired ? now - acquired : 0;
    uint32_t *lifetime = &site->lifetimes[lw_power(lived, LW_LIFETIME_SHIFT, LW_LIFETIMES)];
    if (*lifetime != UINT32_MAX)
        *lifetime += 1;
}

static LW_IN_LINE void lw_usual_release(struct lw_record *record, const struct lw_slot *slot)
{
    if (slot->site == 0)
        return;
    struct lw_release_counters counters = lw_usual_counters(record, slot);
    if (counters.release)
        lw_tally(counters.release);
    if (!counters.site)
        return;
    lw_count_released(counters.site, slot->acquired_time, record->now);
}

/* ---- What it might hit ---- */

static LW_IN_LINE bool lw_may_be_another_threads(const struct lw_record *record, const struct lw_slot *slot)
{
    return slot->thread != record->thread->id && slot->prior_site && slot->prior_site != slot->site;
}

/* What most closes are: of one's own. */
static LW_IN_LINE void lw_usual_look(struct lw_record *record, struct lw_call *call, struct lw_slot *slot)
{
    if (__builtin_expect(slot->owner || slot->tag != call->tag || lw_may_be_another_threads(record, slot), 0))
        lw_look_closer(record, call, slot);
}

/* ---- Its slot ---- */

_Static_assert(offsetof(struct lw_slot, release_thread) == offsetof(struct lw_slot, release_stack) + 4 &&
                   offsetof(struct lw_slot, prior_thread) == offsetof(struct lw_slot, prior_stack) + 4,
               "who released it must stand side by side");

static LW_IN_LINE void lw_usual_fill(struct lw_slot *slot, uint64_t now, uint32_t thread, uint64_t handle,
                                     uint32_t kind, uint32_t site)
{
    uint64_t released_by; /* both, as they stand side by side */
    __builtin_memcpy(&released_by, &slot->release_stack, sizeof released_by);
    slot->prior_site = (uint32_t)released_by ? slot->site : 0;
    __builtin_memcpy(&slot->prior_stack, &released_by, sizeof released_by);
    slot->handle = handle;
    slot->acquired_time = now;
    slot->released_time = 0;
    slot->site = site;
    slot->thread = thread;
    slot->release_stack = slot->release_thread = slot->release_call = 0;
    slot->origin_stack = slot->origin_call = 0;
    slot->kind = kind;
    slot->flags = 0;
    slot->owner = 0;
    slot->number = slot->partner = -1;
    slot->error = 0;
    slot->open_flags = 0;
    slot->family = slot->type = slot->protocol = slot->detail_length = 0;
    slot->label_length = 0;
    slot->tag = 0;
}

/* A text that ends with 0. */
void lw_detail_copy(struct lw_slot *slot, const char *text);

static LW_IN_LINE void lw_usual_detail(struct lw_slot *slot, const struct lw_detail *detail)
{
    slot->flags |= detail->flags | (detail->cloexec ? LW_CLOEXEC : 0);
    slot->open_flags = detail->open_flags;
    slot->family = detail->family;
    slot->type = detail->type;
    slot->protocol = detail->protocol;
    if (detail->has_partner)
        slot->partner = detail->partner;
    if (detail->text && detail->length)
        lw_detail_text(slot, detail->text, detail->length);
    else if (detail->text)
        lw_detail_copy(slot, detail->text);
}

/* What has just been written of another slot. By blocks, of which there is room for a number. */
#define LW_DETAIL_BLOCK 16u
_Static_assert(LW_DETAIL % LW_DETAIL_BLOCK == 0, "a detail must be made of blocks");
static LW_IN_LINE void lw_detail_again(struct lw_slot *slot, const struct lw_slot *other, uint32_t length)
{
    for (uint32_t at = 0; at < length && at < LW_DETAIL; at += LW_DETAIL_BLOCK)
        __builtin_memcpy(&slot->detail[at], &other->detail[at], LW_DETAIL_BLOCK);
}

/* ---- The highest number ---- */

extern uint64_t lw_peak;
extern uint32_t lw_peak_era;

/* The number was the lowest free one, so all below it are open. */
static LW_IN_LINE void lw_note_peak(int fd)
{
    if (__builtin_expect(lw_peak_era == lw_era && (uint64_t)fd < lw_peak, 1))
        return;
    lw_peak_era = lw_era;
    lw_peak = (uint64_t)fd + 1;
    if (lw_peak > lw_header()->peak_number)
        lw_header()->peak_number = lw_peak;
}

/* ---- The general roads, for what is not as usual (usual.c) ---- */

void lw_acquired_pair_generally(struct lw_call *call, int result, const int fds[2], uint32_t kind,
                                const struct lw_detail *detail);
void lw_duplicated_generally(struct lw_call *call, int from, int to, bool cloexec);
/* original NULL: it is not known. */
void lw_describe_duplicate(struct lw_slot *slot, int from, const struct lw_slot *original);
void lw_acquired_fd_generally(struct lw_call *call, int fd, uint32_t kind, const struct lw_detail *detail);

#pragma GCC visibility pop

#endif
