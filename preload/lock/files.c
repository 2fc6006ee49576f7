/* Locks on files, in rows of the ledger. */
#include "files.h"

#include <sys/stat.h>

#include "ledger/ledger.h"
#include "process/process.h"
#include "stack/stack.h"
#include "system/system.h"

#define TRIES 1000
#define KNOWN 16u

LW_HOT_DATA uint32_t lw_file_locks;
static LW_START_DATA uint32_t at_work; /* the process that changes rows; 0: none. One before a fork does not any more */
/* What files were locked last: which they are is asked once for as long as a number is open. Who changes rows, changes these. */
static struct known {
    uint64_t word; /* of the number's slot */
    uint64_t device, inode;
    uint32_t era;
    int32_t number;
} known_files[KNOWN];
static LW_START_DATA uint64_t forked_at; /* the last time: who was forked has what was open then */
static LW_START_DATA uint32_t forked_by; /* not by a parent */

static uint32_t rows(void)
{
    return lw_keeping() ? __atomic_load_n(&lw_header()->tables[LW_FILE_LOCKS].count, __ATOMIC_ACQUIRE) : 0;
}

static void say(struct lw_file_lock *row, enum lw_file_lock_state state)
{
    __atomic_store_n(&row->state, state, __ATOMIC_RELEASE);
}

/* NULL: it is not held. */
static struct lw_file_lock *held(uint32_t number)
{
    struct lw_file_lock *row = lw_element(LW_FILE_LOCKS, number);
    return row && __atomic_load_n(&row->state, __ATOMIC_ACQUIRE) == LW_FILE_LOCK_HELD ? row : NULL;
}

static void drop_all(void)
{
    for (uint32_t i = 1, count = rows(); i < count; i++) {
        struct lw_file_lock *row = held(i);
        if (row)
            say(row, LW_FILE_LOCK_NONE);
    }
}

/* It is known to have been given back. */
static void gone(struct lw_file_lock *row)
{
    struct lw_leftover *left = row->left ? lw_element(LW_LEFTOVERS, row->left) : NULL;
    uint64_t now = left ? lw_now() : 0;
    if (left)
        lw_note_later(left, now > row->left_time ? now - row->left_time : 0);
    say(row, LW_FILE_LOCK_NONE);
}

/* False: another one is at it. */
static bool begin_work(void)
{
    for (int i = 0; i < TRIES; i++) {
        uint32_t other = __atomic_load_n(&at_work, __ATOMIC_RELAXED);
        if (other != lw_pid &&
            __atomic_compare_exchange_n(&at_work, &other, lw_pid, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return true;
    }
    drop_all();
    return false;
}

static void end_work(void)
{
    __atomic_store_n(&at_work, 0, __ATOMIC_RELEASE);
}

static bool is_shared(const struct lw_slot *slot)
{
    return !slot || (forked_by == lw_pid && slot->acquired_time <= forked_at) ||
           slot->flags & (LW_INHERITED | LW_RECEIVED);
}

static bool ask_file(struct lw_file_lock *wanted, int64_t *size)
{
    struct stat about;
    if (lw_strict || lw_stat_number(wanted->number, &about) != 0)
        return false;
    wanted->device = about.st_dev;
    wanted->inode = about.st_ino;
    if (size)
        *size = about.st_size;
    return true;
}

static struct known *known_at(int32_t number)
{
    return &known_files[(uint32_t)number % KNOWN];
}

/* While nobody else changes rows. */
static bool recall_file(struct lw_file_lock *wanted, uint64_t word)
{
    const struct known *known = known_at(wanted->number);
    if (!word || known->word != word || known->number != wanted->number || known->era != lw_era)
        return false;
    wanted->device = known->device;
    wanted->inode = known->inode;
    return true;
}

/* It is asked while others may go on. */
static bool learn_file(struct lw_file_lock *wanted, uint64_t word)
{
    if (!ask_file(wanted, NULL) || !begin_work())
        return false;
    *known_at(wanted->number) = (struct known){word, wanted->device, wanted->inode, lw_era, wanted->number};
    end_work();
    return true;
}

static bool find_file(struct lw_file_lock *wanted, uint64_t word)
{
    if (!begin_work())
        return false;
    bool known = recall_file(wanted, word);
    end_work();
    return known || learn_file(wanted, word);
}

static bool tell_whose(struct lw_file_lock *wanted, const struct lw_slot *slot)
{
    wanted->opened = slot ? slot->acquired_time : 0;
    wanted->shared = is_shared(slot);
    wanted->thread = lw_thread_id(&lw_thread);
    return wanted->thread != 0;
}

bool lw_file_lock_of(struct lw_file_lock *wanted, int64_t *size)
{
    const struct lw_slot *slot = lw_held_fd(wanted->number);
    bool known = slot && !size ? find_file(wanted, lw_word(slot)) : ask_file(wanted, size);
    return known && tell_whose(wanted, slot);
}

/* Whose it is says what was taken at this number since it was opened, unless that says several things: then this number was
 * opened anew without a word. */
bool lw_file_lock_given(struct lw_file_lock *given)
{
    const struct lw_slot *slot = lw_held_fd(given->number);
    const struct lw_file_lock *found = NULL;
    if (lw_strict || !slot || slot->acquired_time == 0)
        return false;
    for (uint32_t i = 1, count = rows(); i < count; i++) {
        const struct lw_file_lock *row = held(i);
        if (!row || row->number != given->number || row->opened != slot->acquired_time)
            continue;
        if (found && (found->device != row->device || found->inode != row->inode))
            return false;
        found = row;
    }
    if (!found)
        return false;
    given->device = found->device;
    given->inode = found->inode;
    return true;
}

/* ---- Rows ---- */

static bool claim(struct lw_file_lock *row)
{
    uint32_t none = LW_FILE_LOCK_NONE;
    return row && __atomic_compare_exchange_n(&row->state, &none, LW_FILE_LOCK_ASKED, false, __ATOMIC_ACQ_REL,
                                              __ATOMIC_RELAXED);
}

/* `state` and `thread` are written first and last: a row that is in use is nobody else's. */
static void fill(struct lw_file_lock *row, const struct lw_file_lock *from)
{
    row->device = from->device;
    row->inode = from->inode;
    row->first = from->first;
    row->last = from->last;
    row->since = lw_clock();
    row->opened = from->opened;
    row->site = from->site;
    row->number = from->number;
    row->way = from->way;
    row->exclusive = from->exclusive;
    row->shared = from->shared && from->way != LW_RECORD_LOCK;
    row->left = 0;
    row->left_time = 0;
    __atomic_store_n(&row->thread, from->thread, __ATOMIC_RELEASE);
}

static uint32_t make(const struct lw_file_lock *from)
{
    uint32_t count = rows(), number = 0;
    void *made = NULL;
    for (uint32_t i = 1; i < count && !number; i++)
        if (claim(lw_element(LW_FILE_LOCKS, i)))
            number = i;
    if (!number && count)
        number = lw_append(LW_FILE_LOCKS, &made);
    struct lw_file_lock *row = number ? lw_element(LW_FILE_LOCKS, number) : NULL;
    if (!row || (made && !claim(row)))
        return 0;
    fill(row, from);
    lw_file_locks = 1;
    return number;
}

static bool is_file_of(const struct lw_file_lock *row, const struct lw_file_lock *other)
{
    return row->device == other->device && row->inode == other->inode && row->way == other->way;
}

static bool overlaps(const struct lw_file_lock *row, const struct lw_file_lock *other)
{
    return row->first <= other->last && other->first <= row->last;
}

/* What is left of it without this range: nothing, one piece or two. */
static void cut(struct lw_file_lock *row, uint64_t first, uint64_t last)
{
    struct lw_file_lock behind = *row;
    if (row->first >= first && row->last <= last) {
        gone(row);
    } else if (row->first >= first) {
        row->first = last + 1;
    } else {
        row->last = first - 1;
        behind.first = last + 1;
        struct lw_file_lock *more = behind.last > last ? lw_element(LW_FILE_LOCKS, make(&behind)) : NULL;
        if (!more)
            return;
        more->since = behind.since;
        say(more, LW_FILE_LOCK_HELD);
    }
}

/* Takes this range away from what the process holds of this file. any: at whatever number. Was there something? */
static bool take_away(const struct lw_file_lock *range, bool any, const struct lw_file_lock *but)
{
    bool found = false;
    for (uint32_t i = 1, count = rows(); i < count; i++) {
        struct lw_file_lock *row = held(i);
        if (!row || row == but || !is_file_of(row, range) || !overlaps(row, range) ||
            (!any && row->number != range->number))
            continue;
        cut(row, range->first, range->last);
        found = true;
    }
    return found;
}

/* What it could not have got beside this was another's no more: it was the same open description's. */
static void take_away_beside(const struct lw_file_lock *got)
{
    for (uint32_t i = 1, count = rows(); i < count; i++) {
        struct lw_file_lock *row = held(i);
        if (row && row != got && is_file_of(row, got) && overlaps(row, got) && (row->exclusive || got->exclusive))
            cut(row, got->first, got->last);
    }
}

/* ---- Asked for, got, given back ---- */

static bool is_duplicate(int number)
{
    const struct lw_slot *slot = lw_held_fd(number);
    return !slot || slot->flags & LW_DUPLICATE;
}

/* Who changes flock's kind of lock gives up what was there before. */
static void change(const struct lw_file_lock *wanted)
{
    for (uint32_t i = 1, count = rows(); i < count; i++) {
        struct lw_file_lock *row = held(i);
        if (row && is_file_of(row, wanted) &&
            (row->number == wanted->number || is_duplicate(row->number) || is_duplicate(wanted->number)))
            gone(row);
    }
}

uint32_t lw_file_lock_ask(const struct lw_file_lock *wanted)
{
    if (!begin_work())
        return 0;
    if (wanted->way == LW_FLOCK && lw_file_locks)
        change(wanted);
    uint32_t row = make(wanted);
    end_work();
    return row;
}

void lw_file_lock_got(uint32_t number, uint32_t site)
{
    struct lw_file_lock *row = number < rows() ? lw_element(LW_FILE_LOCKS, number) : NULL;
    if (!row)
        return;
    row->site = site;
    row->since = lw_clock();
    if (!begin_work()) {
        say(row, LW_FILE_LOCK_NONE);
        return;
    }
    take_away(row, row->way == LW_RECORD_LOCK, row);
    take_away_beside(row);
    say(row, LW_FILE_LOCK_HELD);
    end_work();
}

void lw_file_lock_missed(uint32_t number)
{
    struct lw_file_lock *row = number < rows() ? lw_element(LW_FILE_LOCKS, number) : NULL;
    if (row)
        say(row, LW_FILE_LOCK_NONE);
}

void lw_file_lock_left(uint32_t number)
{
    const struct lw_file_lock *row = number < rows() ? lw_element(LW_FILE_LOCKS, number) : NULL;
    if (row && row->state == LW_FILE_LOCK_ASKED && row->thread == lw_thread.id)
        lw_file_lock_missed(number);
}

void lw_file_lock_gave(const struct lw_file_lock *given)
{
    if (!begin_work())
        return;
    if (!take_away(given, given->way == LW_RECORD_LOCK, NULL))
        take_away(given, true, NULL);
    end_work();
}

/* What another thread may give back is not looked for. */
static bool is_since(const struct lw_file_lock *row, uint64_t since)
{
    return row && row->thread == lw_thread.id && !row->left && !row->shared && row->site &&
           (int64_t)(row->since - since) > 0;
}

struct lw_file_lock *lw_file_lock_since(uint32_t *number, uint64_t since)
{
    for (uint32_t count = rows(); ++*number < count;)
        if (is_since(held(*number), since))
            return lw_element(LW_FILE_LOCKS, *number);
    return NULL;
}

/* ---- Closed, forked ---- */

/* The process's locks go with any of its descriptors of that file. */
static void close_record(struct lw_file_lock *row, int number, struct lw_file_lock *closed)
{
    if (!closed->inode && !ask_file(closed, NULL)) {
        say(row, LW_FILE_LOCK_NONE);
        return;
    }
    closed->way = row->way;
    if (is_file_of(row, closed) || row->number == number)
        gone(row);
}

void lw_file_locks_closing(int number)
{
    struct lw_file_lock closed = {.number = number};
    uint32_t count = rows();
    if (count <= 1 || !begin_work())
        return;
    for (uint32_t i = 1; i < count; i++) {
        struct lw_file_lock *row = held(i);
        if (row && row->way == LW_RECORD_LOCK)
            close_record(row, number, &closed);
        else if (row && row->number == number)
            gone(row);
    }
    end_work();
}

void lw_file_locks_swept(unsigned first, unsigned last)
{
    for (uint32_t i = 1, count = rows(); i < count; i++) {
        struct lw_file_lock *row = held(i);
        if (row && (row->way == LW_RECORD_LOCK || ((unsigned)row->number >= first && (unsigned)row->number <= last)))
            gone(row);
    }
}

void lw_file_locks_forked(void)
{
    forked_at = lw_now();
    forked_by = lw_pid;
    for (uint32_t i = 1, count = rows(); i < count; i++) {
        struct lw_file_lock *row = held(i);
        if (row && row->way != LW_RECORD_LOCK)
            row->shared = 1;
    }
}
