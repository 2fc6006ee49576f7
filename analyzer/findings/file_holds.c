/* Locks on files: who holds which, and who waits for whom.
 *
 * DESIGN. A lock is held as long as its row says so and its descriptor is still the one that it was. One whose open
 * description another process has, too, may be given back by that one: it blocks nobody, as far as can be told. Between
 * processes only that blocks which was held before it was asked for: see crowd.c. */
#include "file_holds.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/heap.h"
#include "base/pool.h"
#include "ledger/slot.h"

struct look {
    const struct lw_file_lock *row;
    char path[LW_DETAIL + 1];
    bool is_open;
};

static bool look_at(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    struct look *look = context;
    if (is_handle || index > (uint32_t)look->row->number)
        return false; /* descriptors come first, in their order */
    if (index != (uint32_t)look->row->number)
        return true;
    look->is_open = (slot_state(slot) == LW_HELD || slot_state(slot) == LW_RELEASING) &&
                    (look->row->opened == 0 || slot->acquired_time == look->row->opened);
    size_t length = slot->detail_length < LW_DETAIL ? slot->detail_length : LW_DETAIL;
    snprintf(look->path, sizeof look->path, "%.*s", (int)length, slot->detail);
    return false;
}

static const char *name_of(const struct inquiry *inquiry, const struct look *look)
{
    const struct lw_file_lock *row = look->row;
    char range[64] = "", file[LW_DETAIL + 32];
    if (row->last < INT64_MAX)
        snprintf(range, sizeof range, "bytes %" PRIu64 " to %" PRIu64 " of ", row->first, row->last);
    else if (row->first > 0)
        snprintf(range, sizeof range, "bytes from %" PRIu64 " on of ", row->first);
    if (look->path[0] != '\0')
        snprintf(file, sizeof file, "%s", look->path);
    else
        snprintf(file, sizeof file, "the file with inode %" PRIu64, row->inode);
    char *text = heap__printed("%s lock on %s%s", row->exclusive ? "exclusive" : "shared", range, file);
    const char *kept = pool__text(inquiry->pool, text);
    free(text);
    return kept;
}

static bool is_open(const struct inquiry *inquiry, struct look *look)
{
    ledger__slots(inquiry->ledger, look_at, look);
    return look->is_open;
}

static void add_hold(const struct inquiry *inquiry, const struct lw_file_lock *row, struct party *party)
{
    struct look look = {.row = row};
    if (!is_open(inquiry, &look))
        return;
    const struct lw_hold hold = {.lock = row->inode, .since = row->since, .site = row->site, .kind = LW_FILE_LOCK};
    struct crowd_lock lock = crowd__lock(inquiry, &hold);
    lock.file = *row;
    lock.what = name_of(inquiry, &look);
    party->holds = heap__resized(party->holds, party->hold_count + 1, sizeof lock);
    party->holds[party->hold_count++] = lock;
}

void file_holds__add(const struct inquiry *inquiry, struct party *party)
{
    uint32_t count = ledger__count(inquiry->ledger, LW_FILE_LOCKS);
    if (party->wait.kind == LW_FILE_LOCK) {
        const struct lw_file_lock *row = ledger__file_lock(inquiry->ledger, (uint32_t)party->wait.lock);
        struct look look = {.row = row};
        if (row == NULL || row->state != LW_FILE_LOCK_ASKED || row->thread != party->thread)
            return;
        is_open(inquiry, &look);
        party->wait.file = *row;
        party->wait.what = name_of(inquiry, &look);
    }
    for (uint32_t i = 1; i < count; i++) {
        const struct lw_file_lock *row = ledger__file_lock(inquiry->ledger, i);
        if (row != NULL && row->state == LW_FILE_LOCK_HELD && row->thread == party->thread && !row->shared)
            add_hold(inquiry, row, party);
    }
}

/* Of one process: a lock that is the process's is never in its own way; that of another open description is. */
static bool is_anothers(const struct lw_file_lock *wait, const struct lw_file_lock *held, bool is_own)
{
    return !is_own || (wait->way == LW_FLOCK && held->way == LW_FLOCK && wait->number != held->number);
}

bool file_holds__block(const struct crowd_lock *wait, const struct crowd_lock *hold, bool is_own)
{
    const struct lw_file_lock *asked = &wait->file, *held = &hold->file;
    if (asked->way == 0 || asked->device != held->device || asked->inode != held->inode ||
        (asked->way == LW_FLOCK) != (held->way == LW_FLOCK))
        return false;
    return asked->first <= held->last && held->first <= asked->last && (asked->exclusive || held->exclusive) &&
           is_anothers(asked, held, is_own) && (is_own || hold->since <= wait->since);
}
