/* Where things are acquired and released: rows of the ledger, and the counters that go with them. */
#include <fcntl.h>
#include <stddef.h>
#include <string.h>

#include "process/process.h"
#include "record.h"
#include "scope/scope.h"

/* The clock is as coarse as the kernel's tick. Within one a thread's acquisitions go on by nanoseconds, of which a tick has
 * more than there is time for acquisitions: so times tell which came first. */
static inline void move_on(struct lw_record *record)
{
    struct lw_thread *thread = record->thread;
    if (__builtin_expect(record->now <= thread->last_time, 0))
        record->now = thread->last_time + 1;
    thread->last_time = record->now;
}

LW_HOT_CODE uint32_t lw_record_site(struct lw_record *record, uint32_t kind, struct lw_site_count **count)
{
    move_on(record);
    if (__builtin_expect(record->thread->sourced, 0))
        lw_lines_apply(record);
    struct lw_memo *memo = record->trace.memo;
    uint32_t scope = record->thread->scope;
    struct lw_pair wanted = {lw_memo_acquired(record->trace.stack, scope, record->hook),
                             (uint64_t)kind << LW_MEMO_KIND_SHIFT},
                   there = {0, 0};
    if (memo) {
        there = lw_pair_read(&memo->acquired);
        if (there.key - wanted.key < LW_MEMO_SITES && there.key != wanted.key &&
            there.value >> LW_MEMO_KIND_SHIFT == kind) {
            *count = (struct lw_site_count *)(there.value - wanted.value);
            return (uint32_t)(there.key - wanted.key);
        }
    }
    struct lw_site key = {record->trace.stack, scope, record->call, kind, record->now};
    uint32_t site = lw_intern(LW_SITES, lw_hash2((uint64_t)key.stack << 32 | key.call, scope), &key);
    *count = lw_lane_site(record->thread->lane, site);
    if (memo && site < LW_MEMO_SITES)
        lw_memo_set(&memo->acquired, record->trace.stack, there,
                    (struct lw_pair){wanted.key + site, wanted.value + (uint64_t)*count});
    return site;
}

static uint64_t hash_of(const struct lw_release *key)
{
    return lw_hash2((uint64_t)key->stack << 32 | key->site, key->call);
}

bool lw_release_known(const struct lw_release *key)
{
    return lw_lookup(LW_RELEASES, hash_of(key), key) != 0;
}

/* The two counters that a release moves, found by the memo or looked up. */
struct release_counters {
    struct lw_site_count *site;
    uint64_t *release;
};

/* Files, streams, and children behind a stream, whose status is that of their work. */
bool lw_is_writable(const struct lw_slot *slot)
{
    bool file = slot->kind == LW_FD_FILE || slot->kind == LW_STREAM_FILE;
    if (slot->detail_length == strlen("/dev/null") && memcmp(slot->detail, "/dev/null", strlen("/dev/null")) == 0)
        return false; /* nothing can be lost there */
    return slot->kind == LW_STREAM_CHILD || (file && (slot->open_flags & O_ACCMODE) != O_RDONLY);
}

/* Where they stand in the ledger, in units of eight bytes: in a word. */
static void *place_of(uint64_t place)
{
    return place ? lw_map.base + place * 8 : NULL;
}

static bool pack(const void *site, const void *release, uint64_t *packed)
{
    uint64_t first = site ? (uint64_t)((const uint8_t *)site - lw_map.base) / 8 : 0;
    uint64_t second = release ? (uint64_t)((const uint8_t *)release - lw_map.base) / 8 : 0;
    *packed = first << 32 | second;
    return first <= INT32_MAX && second <= UINT32_MAX;
}

static struct release_counters release_counters(struct lw_record *record, const struct lw_slot *slot)
{
    uint32_t site = slot->site;
    struct lw_memo *memo = record->trace.memo;
    bool writable = lw_is_writable(slot);
    struct lw_pair wanted = {lw_memo_released(record->trace.stack, site, record->hook), 0}, there = {0, 0};
    if (memo && site < LW_MEMO_SITES) {
        there = lw_pair_read(&memo->released);
        if (there.key - LW_MEMO_WRITABLE == wanted.key || (there.key == wanted.key && !writable))
            return (struct release_counters){place_of(there.value >> 32), place_of(there.value & UINT32_MAX)};
    }
    struct lw_lane *lane = record->thread->lane;
    struct lw_release key = {site, record->trace.stack, record->call, 0};
    uint32_t release = lw_intern(LW_RELEASES, hash_of(&key), &key);
    struct lw_release *row = lw_element(LW_RELEASES, release);
    uint32_t flags = (writable ? LW_RELEASED_WRITABLE : 0) | (slot->flags & LW_POLLED ? LW_RELEASED_POLLED : 0);
    if (row && flags)
        __atomic_fetch_or(&row->flags, flags, __ATOMIC_RELAXED);
    struct release_counters found = {lw_lane_site(lane, site), lw_lane_release(lane, release)};
    uint64_t packed;
    if (memo && release != LW_OTHER && pack(found.site, found.release, &packed))
        lw_memo_set(&memo->released, record->trace.stack, there, /* of a site that does not fit, nothing was read */
                    (struct lw_pair){wanted.key + (writable ? LW_MEMO_WRITABLE : 0), packed});
    return found;
}

LW_HOT_CODE void lw_record_release(struct lw_record *record, const struct lw_slot *slot)
{
    if (slot->site == 0)
        return;
    struct release_counters counters = release_counters(record, slot);
    if (counters.release)
        lw_tally(counters.release);
    if (!counters.site)
        return;
    lw_tally(&counters.site->released);
    uint64_t lived = record->now > slot->acquired_time ? record->now - slot->acquired_time : 0;
    uint32_t *lifetime = &counters.site->lifetimes[lw_power(lived, LW_LIFETIME_SHIFT, LW_LIFETIMES)];
    if (*lifetime != UINT32_MAX)
        *lifetime += 1;
}
