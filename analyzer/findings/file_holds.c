/* Locks on files: who holds which, and who waits for whom.
 *
 * DESIGN. A lock is held as long as its row says so and its descriptor is still the one that it was. One whose open
 * description another process has, too, may be given back by that one: it blocks nobody, as far as can be told. Between
 * processes only that blocks which was held before it was asked for: see crowd.c. */
#include "file_holds.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/pool.h"
#include "ledger/boards.h"
#include "ledger/slot.h"

enum { RANGE = 64, LOCKS_TOLD = 16 /* of a descriptor, or of several alike */ };

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

/* "bytes 0 to 9 of "; "" where it is the whole file. */
static void write_range(char text[RANGE], const struct lw_file_lock *row)
{
    text[0] = '\0';
    if (row->last < INT64_MAX)
        snprintf(text, RANGE, "bytes %" PRIu64 " to %" PRIu64 " of ", row->first, row->last);
    else if (row->first > 0)
        snprintf(text, RANGE, "bytes from %" PRIu64 " on of ", row->first);
}

static const char *way_of(const struct lw_file_lock *row)
{
    return row->exclusive ? "exclusive" : "shared";
}

static const char *name_of(const struct inquiry *inquiry, const struct look *look)
{
    const struct lw_file_lock *row = look->row;
    char range[RANGE], file[LW_DETAIL + 32];
    write_range(range, row);
    if (look->path[0] != '\0')
        snprintf(file, sizeof file, "%s", look->path);
    else
        snprintf(file, sizeof file, "the file with inode %" PRIu64, row->inode);
    char *text = heap__printed("%s lock on %s%s", way_of(row), range, file);
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

/* ---- Told with others -------------------------------------------------------------------------------------------- */

static void tell(const struct inquiry *inquiry, struct tally *tally, const struct lw_file_lock *row)
{
    char range[RANGE];
    write_range(range, row);
    char *text = heap__printed("%s %s lock%s%.*s", row->exclusive ? "an" : "a", way_of(row), range[0] ? " on " : "",
                               range[0] ? (int)strlen(range) - (int)strlen(" of ") : 0, range);
    const struct tally_item item = {
        .as = FACT_LOCKED, .text = pool__text(inquiry->pool, text), .resource = LW_FILE_LOCK, .count = 1};
    free(text);
    for (size_t i = 0; i < tally->item_count; i++)
        if (tally->items[i].as == FACT_LOCKED && tally->items[i].text == item.text) {
            tally->items[i].count++;
            return;
        }
    if (tally->item_count < LOCKS_TOLD)
        tally__add_item(tally, &item);
}

void file_holds__tell_of(const struct inquiry *inquiry, struct tally *tally, const struct lw_slot *slot)
{
    enum lw_class class = lw_class(slot->kind);
    int64_t number = class == LW_CLASS_FD ? (int64_t)slot->handle : class == LW_CLASS_STREAM ? slot->number : -1;
    uint32_t count = number >= 0 ? ledger__count(inquiry->ledger, LW_FILE_LOCKS) : 0;
    for (uint32_t i = 1; i < count; i++) {
        const struct lw_file_lock *row = ledger__file_lock(inquiry->ledger, i);
        bool is_its = row != NULL && row->state == LW_FILE_LOCK_HELD && row->number == number &&
                      (row->opened == 0 || row->opened == slot->acquired_time || class == LW_CLASS_STREAM);
        if (is_its)
            tell(inquiry, tally, row);
    }
}

static void illustrate(struct inquiry *inquiry, const struct lw_file_lock *row)
{
    struct tally *tally = inquiry->leftovers[row->left];
    struct look look = {.row = row};
    if (tally == NULL || !is_open(inquiry, &look))
        return;
    const struct sighting sighting = {
        .process = inquiry->process,
        .count = 1,
        .detail = name_of(inquiry, &look),
        .thread = row->thread,
        .age = inquiry__age(inquiry, ledger__time_of_ticks(inquiry->ledger, row->since)),
    };
    inquiry__illustrate(inquiry, tally, &sighting);
}

void file_holds__look(struct inquiry *inquiry)
{
    uint32_t lefts = ledger__count(inquiry->ledger, LW_LEFTOVERS);
    for (uint32_t i = 1, count = ledger__count(inquiry->ledger, LW_FILE_LOCKS); i < count; i++) {
        const struct lw_file_lock *row = ledger__file_lock(inquiry->ledger, i);
        if (row != NULL && row->state == LW_FILE_LOCK_HELD && row->left > 0 && row->left < lefts)
            illustrate(inquiry, row);
    }
}
