/* What a forked child without a ledger of its own closes twice, or uses after it has closed it.
 *
 * DESIGN. Most children only rearrange a few descriptors and call exec, so nothing is told, and no ledger made, before such
 * a child ends by itself. Until then only return addresses are kept, in memory that costs nothing before it is used: of its
 * first close of each inherited number that worked, and of the calls that failed with EBADF there. Its parent's ledger
 * must have held the number when it forked. A place that also closes or uses what this child has never closed goes from
 * number to number blindly: nothing is believed of it. */
#include "child_misuses.h"

#include <errno.h>
#include <string.h>

#include "misuses.h"
#include "process/process.h"
#include "record.h"
#include "system/system.h"
#include "wake/wake.h"

enum { NUMBERS = 1024, ROWS = 8, BLIND = 16, STANDARD = 2 };

#define WIPING UINT32_MAX
#define LOOP 1024u  /* bytes of code, as in misuses.c */
#define REPLACED 1u /* no address: this child has put something else there */

struct row {
    uint64_t place, first; /* return addresses: of this call, and of the close before it */
    uint32_t hook, kind, flags, thread, count;
    int fd;
    uint32_t resource; /* enum lw_kind */
    char detail[sizeof((struct lw_misuse *)NULL)->detail];
    bool complete;
};

static LW_START_DATA uint32_t remembered; /* lw_forks of the process that what follows is about; WIPING */
static uint64_t closed_at[NUMBERS];
static struct row rows[ROWS];
static uint64_t blind[BLIND];
static LW_START_DATA uint32_t row_count, blind_count;

/* What the process remembered from which this one was forked goes, at the first thing that this one has to remember. While
 * one thread is at it, others remember nothing. */
static bool is_mine(void)
{
    uint32_t other = __atomic_load_n(&remembered, __ATOMIC_ACQUIRE);
    if (other == lw_forks)
        return true;
    if (other == WIPING ||
        !__atomic_compare_exchange_n(&remembered, &other, WIPING, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return false;
    if (other) {
        memset(closed_at, 0, sizeof closed_at);
        memset(rows, 0, sizeof rows);
        memset(blind, 0, sizeof blind);
        row_count = blind_count = 0;
    }
    __atomic_store_n(&remembered, lw_forks, __ATOMIC_RELEASE);
    return true;
}

void lw_child_executes(void)
{
    lw_forked_at = 0;
}

bool lw_child_is_watched(int fd)
{
    return lw_forked_at && fd > STANDARD && !lw_strict && !lw_careful &&
           __atomic_load_n(&lw_phase, __ATOMIC_ACQUIRE) == LW_PHASE_READY;
}

void lw_child_replaced(int fd)
{
    if (lw_child_is_watched(fd) && fd < NUMBERS && is_mine())
        closed_at[fd] = REPLACED;
}

/* ---- What the parent knew ---- */

#define WITHIN_TICK 500000u /* ns: how far a thread's times may be ahead of the clock; see move_on in sites.c */

/* Held when this process was forked? The parent goes on to change it. The clock is coarse. */
static bool was_held(const struct lw_slot *copy)
{
    enum lw_state state = lw_state(copy->word);
    if (copy->acquired_time > lw_forked_at + WITHIN_TICK)
        return false;
    return lw_is_held(copy->word) || (state == LW_FREE && copy->released_time >= lw_forked_at);
}

static bool copy_slot(struct lw_slot *copy, int fd)
{
    const struct lw_slot *there = lw_fd_slot_of(&lw_parent, (uint32_t)fd);
    if (!there)
        return false;
    uint64_t word = lw_word(there);
    *copy = *there;
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    copy->word = word;
    return lw_word(there) == word && was_held(copy);
}

static bool describe(struct row *row)
{
    struct lw_slot copy;
    uint64_t signals;
    bool known = false;
    lw_block_signals(&signals);
    if (lw_parent_hold()) {
        known = copy_slot(&copy, row->fd);
        lw_parent_let_go();
    }
    lw_restore_signals(&signals);
    if (!known)
        return false;
    row->resource = copy.kind;
    if (copy.detail_length > LW_DETAIL)
        copy.detail_length = 0;
    lw_copy_detail(row->detail, sizeof row->detail, &copy);
    return true;
}

/* ---- What this child does ---- */

static bool is_near(uint64_t place, uint64_t other)
{
    return place - other + LOOP <= 2 * LOOP;
}

static bool is_blind(uint64_t place)
{
    uint32_t count = __atomic_load_n(&blind_count, __ATOMIC_ACQUIRE);
    bool found = count > BLIND; /* more than are remembered */
    for (uint32_t i = 0; i < count && i < BLIND; i++)
        found = found || is_near(place, blind[i]);
    return found;
}

static void note_blind(uint64_t place)
{
    if (is_blind(place))
        return;
    uint32_t index = __atomic_fetch_add(&blind_count, 1, __ATOMIC_ACQ_REL);
    if (index < BLIND)
        blind[index] = place;
}

static bool is_same(const struct row *row, const struct row *other)
{
    return row->complete && row->place == other->place && row->first == other->first && row->kind == other->kind &&
           row->hook == other->hook && row->flags == other->flags;
}

static void note(struct row *new)
{
    uint32_t count = __atomic_load_n(&row_count, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count && i < ROWS; i++)
        if (is_same(&rows[i], new)) {
            __atomic_fetch_add(&rows[i].count, 1, __ATOMIC_RELAXED);
            return;
        }
    if (count >= ROWS || !describe(new))
        return;
    uint32_t index = __atomic_fetch_add(&row_count, 1, __ATOMIC_ACQ_REL);
    if (index >= ROWS)
        return;
    new->complete = false;
    rows[index] = *new;
    __atomic_store_n(&rows[index].complete, true, __ATOMIC_RELEASE);
}

static void failed(const struct lw_call *call, int fd, uint32_t kind, uint32_t flags)
{
    uint64_t place = LW_CALLER_PC(call->frame), first = fd < NUMBERS ? closed_at[fd] : 0;
    int error = errno;
    if (!first)
        note_blind(place);
    else if (first != REPLACED && !is_blind(place))
        note(&(struct row){.place = place,
                           .first = first,
                           .hook = call->hook,
                           .kind = kind,
                           .flags = flags,
                           .thread = lw_thread_id(&lw_thread),
                           .count = 1,
                           .fd = fd,
                           .complete = true});
    errno = error;
}

void lw_child_closed(const struct lw_call *call, int result)
{
    if (!lw_forked_at || (call->hook != LW_HOOK_close && call->hook != LW_HOOK___close))
        return;
    int fd = (int)call->handle;
    if (!lw_child_is_watched(fd) || !is_mine())
        return;
    if (result != 0 && errno == EBADF)
        failed(call, fd, LW_CLOSED_TWICE, 0);
    else if (fd < NUMBERS) /* if it was closed before, it has been opened again by ways unseen */
        closed_at[fd] = closed_at[fd] || result != 0 ? REPLACED : LW_CALLER_PC(call->frame);
}

void lw_child_used(const struct lw_call *call, int fd, uint32_t flags)
{
    if (lw_child_is_watched(fd) && is_mine())
        failed(call, fd, LW_USED_CLOSED, flags);
}

/* ---- Its end ---- */

static bool is_told(const struct row *row)
{
    return __atomic_load_n(&row->complete, __ATOMIC_ACQUIRE) && !is_blind(row->place) && !is_blind(row->first);
}

static void tell(const struct row *row)
{
    struct lw_call call = {.frame = LW_FRAME, .hook = row->hook};
    struct lw_record record;
    if (!lw_record_open(&record, &call, true))
        return;
    struct lw_misuse key = {.kind = row->kind,
                            .stack = lw_stack_of_address(row->place),
                            .call = record.call,
                            .first_stack = lw_stack_of_address(row->first),
                            .first_call = lw_name("close", strlen("close")),
                            .first_thread = row->thread,
                            .resource = row->resource,
                            .error = EBADF,
                            .flags = row->flags,
                            .handle = (uint64_t)row->fd};
    memcpy(key.detail, row->detail, sizeof key.detail);
    for (uint32_t i = 0; key.stack && i < row->count; i++)
        lw_note_misuse(&record, &key, NULL);
    lw_record_close(&record);
}

LW_START_CODE void lw_child_ends(void)
{
    if (!lw_forked_at || lw_strict || lw_careful || *lw_owner != LW_OURS || lw_thread.busy)
        return;
    lw_forked_at = 0;
    int error = errno;
    if (__atomic_load_n(&remembered, __ATOMIC_ACQUIRE) != lw_forks)
        return;
    uint32_t count = __atomic_load_n(&row_count, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count && i < ROWS; i++)
        if (is_told(&rows[i]))
            tell(&rows[i]);
    errno = error;
}
