/* Where things are acquired and released: rows of the ledger, and the counters that go with them. */
#include "in_line.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>

uint32_t lw_record_site_search(struct lw_record *record, uint32_t kind, struct lw_pair there,
                               struct lw_site_count **count)
{
    struct lw_memo *memo = record->trace.memo;
    uint32_t stack = record->trace.stack, scope = record->thread->scope;
    struct lw_site key = {stack, scope, record->call, kind, record->now};
    uint32_t site = lw_intern(LW_SITES, lw_hash2((uint64_t)key.stack << 32 | key.call, scope), &key);
    *count = lw_lane_site(record->thread->lane, site);
    if (memo && site < LW_MEMO_SITES)
        lw_memo_set(&memo->acquired, stack, there,
                    (struct lw_pair){lw_memo_acquired(stack, scope, record->hook) + site,
                                     ((uint64_t)kind << LW_MEMO_KIND_SHIFT) + (uint64_t)*count});
    return site;
}

uint32_t lw_record_site(struct lw_record *record, uint32_t kind, struct lw_site_count **count)
{
    return lw_usual_site(record, kind, count);
}

static uint64_t hash_of(const struct lw_release *key)
{
    return lw_hash2((uint64_t)key->stack << 32 | key->site, key->call);
}

bool lw_release_known(const struct lw_release *key)
{
    return lw_lookup(LW_RELEASES, hash_of(key), key) != 0;
}

/* Files, streams, and children behind a stream, whose status is that of their work. */
bool lw_is_writable(const struct lw_slot *slot)
{
    bool file = slot->kind == LW_FD_FILE || slot->kind == LW_STREAM_FILE;
    if (slot->detail_length == strlen("/dev/null") && memcmp(slot->detail, "/dev/null", strlen("/dev/null")) == 0)
        return false; /* nothing can be lost there */
    return slot->kind == LW_STREAM_CHILD || (file && (slot->open_flags & O_ACCMODE) != O_RDONLY);
}

static bool pack(const void *site, const void *release, uint64_t *packed)
{
    uint64_t first = site ? (uint64_t)((const uint8_t *)site - lw_map.base) / 8 : 0;
    uint64_t second = release ? (uint64_t)((const uint8_t *)release - lw_map.base) / 8 : 0;
    *packed = first << 32 | second;
    return first <= INT32_MAX && second <= UINT32_MAX;
}

struct lw_release_counters lw_record_release_search(struct lw_record *record, const struct lw_slot *slot,
                                                    struct lw_pair there)
{
    uint32_t site = slot->site;
    struct lw_memo *memo = record->trace.memo;
    bool writable = lw_is_writable(slot);
    struct lw_lane *lane = record->thread->lane;
    struct lw_release key = {site, record->trace.stack, record->call, 0};
    uint32_t release = lw_intern(LW_RELEASES, hash_of(&key), &key);
    struct lw_release *row = lw_element(LW_RELEASES, release);
    uint32_t flags = (writable ? LW_RELEASED_WRITABLE : 0) | (slot->flags & LW_POLLED ? LW_RELEASED_POLLED : 0);
    if (row && flags)
        __atomic_fetch_or(&row->flags, flags, __ATOMIC_RELAXED);
    struct lw_release_counters found = {lw_lane_site(lane, site), lw_lane_release(lane, release)};
    uint64_t packed, wanted = lw_memo_released(record->trace.stack, site, record->hook);
    if (memo && release != LW_OTHER && pack(found.site, found.release, &packed))
        lw_memo_set(&memo->released, record->trace.stack, there, /* of a site that does not fit, nothing was read */
                    (struct lw_pair){wanted + (writable ? LW_MEMO_WRITABLE : 0), packed});
    return found;
}

void lw_record_release(struct lw_record *record, const struct lw_slot *slot)
{
    lw_usual_release(record, slot);
}
