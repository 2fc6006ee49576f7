/* Locks that are taken before there is a ledger.
 *
 * DESIGN. A ledger begins with the first descriptor or thread: most programs take locks long before that, and many of them
 * nothing else ever, so these must not cost a file. A deadlock takes two threads, and the second one begins the ledger; or
 * a thread waits for itself, and that wait does. Until then there is one thread, and what it holds is remembered here, to
 * be put on its board when it gets one. Threads that the C library starts for itself are not told of; they have nothing
 * here, but a ledger from the first time that one must wait.
 *
 * Only that thread, and its handlers, come here: a handler takes the row behind the one that was interrupted, or that row
 * itself before it is said to be in use, as on a board. In a forked child nothing of it holds. */
#include "early.h"

#include <string.h>

#include "board.h"
#include "place.h"
#include "process/process.h"
#include "stack/stack.h"
#include "system/system.h"
#include "taking.h"
#include "words.h"

enum { ROWS = 32 };
static struct row {
    uint64_t lock, since, pc;
    uint32_t hook;
    uint16_t count;
    uint8_t kind, state; /* enum lw_hold_state: NONE, TAKING, HELD */
} rows[ROWS];
static uint32_t depth;
static uint32_t forks; /* of this process, when the rows were written */
static const struct lw_thread *first;

static void say(struct row *row, enum lw_hold_state state)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    __atomic_store_n(&row->state, (uint8_t)state, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static void forget(void)
{
    depth = 0;
    memset(rows, 0, sizeof rows);
}

void lw_early_start(void)
{
    first = &lw_thread;
}

/* A forked child has one thread, and no lock that was taken before. */
static bool is_first(void)
{
    if (forks != lw_forks) {
        first = &lw_thread;
        forks = lw_forks;
        forget();
    }
    return first == &lw_thread;
}

static struct row *row_of(const void *lock)
{
    for (uint32_t i = depth; i-- > 0;)
        if (rows[i].lock == (uint64_t)lock && rows[i].state == LW_HOLD_HELD)
            return &rows[i];
    return NULL;
}

bool lw_early_any(void)
{
    return depth != 0 && is_first();
}

bool lw_early_has(const void *lock)
{
    return depth != 0 && !lw_keeping() && lw_awake() && is_first() && row_of(lock);
}

/* ---- Taken, and given back ---- */

static bool counts(const void *lock, uint32_t kind)
{
    return kind == LW_READ_LOCK || kind == LW_STREAM_LOCK || (kind == LW_MUTEX && lw_mutex_is_recursive(lock));
}

void lw_early_took(const void *lock, uint32_t hook, uint32_t kind, const void *frame)
{
    if (!lw_locking || lw_keeping() || !lw_awake() || !is_first() || lw_called_by_libc(frame))
        return;
    struct row *row = row_of(lock);
    if (row && row->kind == kind && counts(lock, kind)) {
        row->count = (uint16_t)(row->count + (row->count != UINT16_MAX));
        return;
    }
    if (!row) {
        uint32_t last = depth;
        if (last == ROWS)
            return;
        row = &rows[last];
        say(row, LW_HOLD_TAKING);
        depth = last + 1;
    }
    say(row, LW_HOLD_TAKING);
    row->lock = (uint64_t)lock;
    row->since = lw_clock();
    row->pc = LW_CALLER_PC(frame);
    row->hook = hook;
    row->kind = (uint8_t)kind;
    row->count = 1;
    say(row, LW_HOLD_HELD);
}

void lw_early_gives(const void *lock)
{
    struct row *row = lw_early_has(lock) ? row_of(lock) : NULL;
    if (!row)
        return;
    if (row->count > 1) {
        row->count--;
        return;
    }
    say(row, LW_HOLD_NONE);
    uint32_t left = depth;
    while (left > 0 && rows[left - 1].state == LW_HOLD_NONE)
        left--;
    depth = left;
}

/* ---- Waited for ---- */

static bool is_own(const void *lock)
{
    return (is_first() && row_of(lock)) || lw_mutex_owner(lock) == lw_thread_id(&lw_thread);
}

/* One that counts, or says EDEADLK, does not let its holder wait. */
static bool mutex_waits(const void *lock)
{
    int type = lw_mutex_kind(lock) & LW_MUTEX_TYPE;
    bool answers = type == PTHREAD_MUTEX_RECURSIVE || type == PTHREAD_MUTEX_ERRORCHECK;
    return lw_mutex_word(lock) != 0 && !(answers && is_own(lock));
}

bool lw_early_waits(const void *lock, uint32_t kind, uint32_t how)
{
    if (how & LW_WAIT_NEVER || !lw_words_known)
        return false;
    switch (kind) {
    case LW_MUTEX:
        return mutex_waits(lock);
    case LW_READ_LOCK:
        return lw_rwlock_is_written(lock);
    case LW_WRITE_LOCK:
        return !lw_rwlock_is_free(lock);
    case LW_SPINLOCK:
        return lw_spinlock_is_held(lock);
    default:
        return false;
    }
}

/* ---- There is a ledger ---- */

/* No scope that begins after this is to answer for it. */
static void move(const struct row *row, struct lw_board *board)
{
    struct lw_hold *hold = lw_hold_at(board, board->depth);
    if (!hold) {
        board->lost++;
        return;
    }
    hold->lock = row->lock;
    hold->since = row->since;
    hold->site = lw_place_site(row->pc, row->hook, row->kind);
    hold->serial = ++board->serial;
    lw_hold_say(hold, lw_hold_word(row->count, row->kind, LW_HOLD_HELD) | (uint64_t)(uint32_t)LW_HOLD_KEPT << 32);
    board->depth++;
}

void lw_early_move(struct lw_board *board)
{
    if (!lw_early_any())
        return;
    for (uint32_t i = 0; i < depth; i++)
        if (rows[i].state == LW_HOLD_HELD)
            move(&rows[i], board);
    forget();
}
