/* The open books of one event: its thread, its time, its stack, its site, and the counters that go with them. */
#include "books.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>

#include "memos.h"
#include "process.h"
#include "scope.h"

static LW_HOT_DATA uint32_t names[LW_HOOK_COUNT]; /* of the hooks, in the ledger; 0: not asked yet */

void lw_names_forget(void)
{
    memset(names, 0, sizeof names);
}

static uint32_t name_of(uint32_t hook)
{
    if (__builtin_expect(!names[hook], 0))
        names[hook] = lw_name(lw_hooks[hook].name, strlen(lw_hooks[hook].name));
    return names[hook];
}

static struct lw_thread *arrive(bool worth)
{
    uint32_t phase = __atomic_load_n(&lw_phase, __ATOMIC_ACQUIRE);
    if (phase != LW_PHASE_KEEPING && (!worth || phase == LW_PHASE_OFF || !lw_begin()))
        return NULL;
    struct lw_thread *thread = &lw_thread;
    if (thread->era != lw_era)
        lw_thread_enlist(thread);
    return thread->lane ? thread : NULL;
}

static inline struct lw_thread *present(bool worth)
{
    struct lw_thread *thread = &lw_thread;
    if (__builtin_expect(__atomic_load_n(&lw_phase, __ATOMIC_ACQUIRE) == LW_PHASE_KEEPING, 1) &&
        thread->era == lw_era && thread->lane)
        return thread;
    return arrive(worth);
}

LW_HOT_CODE struct lw_thread *lw_present(bool worth)
{
    return present(worth);
}

LW_HOT_CODE bool lw_books_open(struct lw_books *books, struct lw_call *call, bool worth)
{
    struct lw_thread *thread = present(worth);
    if (!thread)
        return false;
    books->thread = thread;
    books->frame = call->frame;
    books->now = lw_now();
    books->call = name_of(call->hook);
    books->hook = call->hook;
    lw_stack_here(thread, call->frame, &books->trace);
    books->owns_scopes = (thread->innermost || thread->sourced) && lw_mark_set(thread, &books->mark);
    if (books->owns_scopes && lw_scopes_unsettled(thread))
        lw_scopes_settle(thread, call->frame);
    return true;
}

LW_HOT_CODE void lw_books_close(struct lw_books *books)
{
    if (books->owns_scopes)
        lw_mark_clear(books->thread, &books->mark);
    lw_sample(books->now);
}

/* ---- Sites and releases ---- */

static bool same_site(const void *element, const void *key)
{
    const struct lw_site *there = element, *wanted = key;
    return there->stack == wanted->stack && there->scope == wanted->scope && there->call == wanted->call;
}

static void fill_site(void *element, const void *key)
{
    memcpy(element, key, sizeof(struct lw_site));
}

/* The clock is as coarse as the kernel's tick. Within one a thread's acquisitions go on by nanoseconds, of which a tick has
 * more than there is time for acquisitions: so times tell which came first. */
static inline void move_on(struct lw_books *books)
{
    struct lw_thread *thread = books->thread;
    if (__builtin_expect(books->now <= thread->last_time, 0))
        books->now = thread->last_time + 1;
    thread->last_time = books->now;
}

LW_HOT_CODE uint32_t lw_books_site(struct lw_books *books, uint32_t kind, struct lw_site_count **count)
{
    move_on(books);
    if (__builtin_expect(books->thread->sourced, 0))
        lw_sources_apply(books);
    struct lw_memo *memo = books->trace.memo;
    uint32_t scope = books->thread->scope;
    struct lw_pair wanted = {lw_memo_acquired(books->trace.stack, scope, books->hook), 0}, there = {0, 0};
    if (memo) {
        there = lw_pair_read(&memo->acquired);
        if (there.key - wanted.key < LW_MEMO_SITES && there.key != wanted.key) {
            *count = (struct lw_site_count *)there.value;
            return (uint32_t)(there.key - wanted.key);
        }
    }
    struct lw_site key = {books->trace.stack, scope, books->call, kind, books->now};
    uint32_t site =
        lw_intern(LW_SITES, lw_hash2((uint64_t)key.stack << 32 | key.call, scope), same_site, fill_site, &key);
    *count = lw_lane_site(books->thread->lane, site);
    if (memo && site < LW_MEMO_SITES)
        lw_memo_set(&memo->acquired, books->trace.stack, there, (struct lw_pair){wanted.key + site, (uint64_t)*count});
    return site;
}

static bool same_release(const void *element, const void *key)
{
    return memcmp(element, key, offsetof(struct lw_release, flags)) == 0;
}

static uint64_t hash_of(const struct lw_release *key)
{
    return lw_hash2((uint64_t)key->stack << 32 | key->site, key->call);
}

bool lw_release_known(const struct lw_release *key)
{
    return lw_lookup(LW_RELEASES, hash_of(key), same_release, key) != 0;
}

static void fill_release(void *element, const void *key)
{
    memcpy(element, key, sizeof(struct lw_release));
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

static struct release_counters release_counters(struct lw_books *books, const struct lw_slot *slot)
{
    uint32_t site = slot->site;
    struct lw_memo *memo = books->trace.memo;
    bool writable = lw_is_writable(slot);
    struct lw_pair wanted = {lw_memo_released(books->trace.stack, site, books->hook), 0}, there = {0, 0};
    if (memo && site < LW_MEMO_SITES) {
        there = lw_pair_read(&memo->released);
        if (there.key - LW_MEMO_WRITABLE == wanted.key || (there.key == wanted.key && !writable))
            return (struct release_counters){place_of(there.value >> 32), place_of(there.value & UINT32_MAX)};
    }
    struct lw_lane *lane = books->thread->lane;
    struct lw_release key = {site, books->trace.stack, books->call, 0};
    uint32_t release = lw_intern(LW_RELEASES, hash_of(&key), same_release, fill_release, &key);
    struct lw_release *row = lw_element(LW_RELEASES, release);
    uint32_t flags = (writable ? LW_RELEASED_WRITABLE : 0) | (slot->flags & LW_POLLED ? LW_RELEASED_POLLED : 0);
    if (row && flags)
        __atomic_fetch_or(&row->flags, flags, __ATOMIC_RELAXED);
    struct release_counters found = {lw_lane_site(lane, site), lw_lane_release(lane, release)};
    uint64_t packed;
    if (memo && release != LW_OTHER && pack(found.site, found.release, &packed))
        lw_memo_set(&memo->released, books->trace.stack, there, /* of a site that does not fit, nothing was read */
                    (struct lw_pair){wanted.key + (writable ? LW_MEMO_WRITABLE : 0), packed});
    return found;
}

static uint32_t lifetime_class(uint64_t nanoseconds)
{
    uint64_t units = nanoseconds >> LW_LIFETIME_SHIFT;
    uint32_t class = units ? 64u - (uint32_t)__builtin_clzll(units) : 0;
    return class < LW_LIFETIMES ? class : LW_LIFETIMES - 1;
}

LW_HOT_CODE void lw_books_count_release(struct lw_books *books, const struct lw_slot *slot)
{
    if (slot->site == 0)
        return;
    struct release_counters counters = release_counters(books, slot);
    if (counters.release)
        lw_tally(counters.release);
    if (!counters.site)
        return;
    lw_tally(&counters.site->released);
    uint64_t lived = books->now > slot->acquired_time ? books->now - slot->acquired_time : 0;
    uint32_t *lifetime = &counters.site->lifetimes[lifetime_class(lived)];
    if (*lifetime != UINT32_MAX)
        *lifetime += 1;
}

/* ---- Slots ---- */

void lw_detail_text(struct lw_slot *slot, const char *text, size_t length)
{
    if (length > LW_DETAIL) {
        slot->flags |= LW_DETAIL_CUT;
        length = LW_DETAIL;
    }
    memcpy(slot->detail, text, length);
    slot->detail_length = (uint16_t)length;
}

/* Byte by byte: paths are short, and the C library's strnlen and memcpy are two more pages. */
static void copy_text(struct lw_slot *slot, const char *text)
{
    uint32_t length = 0;
    while (length < LW_DETAIL && text[length]) {
        slot->detail[length] = text[length];
        length++;
    }
    slot->detail_length = (uint16_t)length;
    if (length == LW_DETAIL && text[length])
        slot->flags |= LW_DETAIL_CUT;
}

LW_HOT_CODE void lw_detail_write(struct lw_slot *slot, const struct lw_detail *detail)
{
    if (!detail)
        return;
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
        copy_text(slot, detail->text);
}

LW_HOT_CODE void lw_fill_slot(struct lw_slot *slot, struct lw_books *books, uint64_t handle, uint32_t kind,
                              uint32_t site)
{
    slot->prior_site = slot->release_stack ? slot->site : 0;
    slot->prior_stack = slot->release_stack;
    slot->prior_thread = slot->release_thread;
    slot->handle = handle;
    slot->acquired_time = books->now;
    slot->released_time = 0;
    slot->site = site;
    slot->thread = books->thread->id;
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

void lw_implicit_release(struct lw_books *books, struct lw_slot *slot, uint32_t flags)
{
    uint64_t word = lw_word(slot);
    if (!lw_is_held(word))
        return;
    slot->release_stack = books->trace.stack;
    slot->release_thread = books->thread->id;
    slot->release_call = books->call;
    slot->released_time = books->now;
    slot->flags |= LW_IMPLICIT | flags;
    struct lw_slot before = *slot;
    bool descriptor = slot->kind < LW_STREAM_FILE;
    if (!lw_change(slot, word, lw_in_state(word, LW_FREE)))
        return;
    if (descriptor)
        lw_tally(&books->thread->lane->closed);
    if (lw_state(word) == LW_HELD) { /* else its own release has been counted */
        lw_discharge(books, slot);
        lw_books_count_release(books, &before);
    }
}

/* ---- Failures ---- */

static bool same_failure(const void *element, const void *key)
{
    const struct lw_failure *there = element, *wanted = key;
    return there->stack == wanted->stack && there->call == wanted->call && there->error == wanted->error &&
           there->role == wanted->role && (there->role < LW_LOST_WRITE || there->site == wanted->site);
}

static void fill_failure(void *element, const void *key)
{
    memcpy(element, key, sizeof(struct lw_failure));
}

/* Slots may change meanwhile: whatever length they show, it fits. */
void lw_copy_detail(char *detail, size_t room, const struct lw_slot *slot)
{
    size_t length = slot->detail_length < room ? slot->detail_length : room;
    memset(detail, 0, room);
    memcpy(detail, slot->detail, length);
}

struct lw_failure *lw_note_failure(struct lw_books *books, enum lw_failure_role role, int error, uint32_t site,
                                   uint64_t handle, const struct lw_slot *slot)
{
    struct lw_failure key = {.stack = books->trace.stack,
                             .call = books->call,
                             .error = error,
                             .role = role,
                             .site = site,
                             .first_time = books->now};
    uint64_t hash = lw_hash2((uint64_t)key.stack << 32 | key.call, (uint64_t)(uint32_t)error << 8 | role);
    struct lw_failure *row = lw_element(LW_FAILURES, lw_intern(LW_FAILURES, hash, same_failure, fill_failure, &key));
    if (row) {
        lw_count(&row->count);
        row->last_time = books->now;
        row->site = site;
        row->thread = books->thread->id;
        row->handle = handle;
        if (slot)
            lw_copy_detail(row->detail, sizeof row->detail, slot);
    }
    if (lw_events)
        lw_note_event(LW_EVENT_FAILED, books->now, handle, books->trace.stack, books->call, books->thread->id, error);
    return row;
}
