/* Locks that are taken before there is a ledger.
 *
 * DESIGN. A ledger begins with the first descriptor or thread: most programs take locks long before that, and many of them
 * nothing else ever, so these must not cost a file. A deadlock takes two threads, and the second one begins the ledger; or
 * a thread waits for itself, and that wait does, as does what is wrong by the words of a lock. Until then there is one thread, and what it holds is remembered here, to
 * be put on its board when it gets one. Threads that the C library starts for itself are not told of; they have nothing
 * here, but a ledger from the first time that one must wait.
 *
 * What is remembered costs more than what is written on a board: who takes MANY locks has paid for a ledger by then, and
 * gets it.
 *
 * What a walk would give is worth the unwinder only where there is a ledger. So the innermost words of the stack are kept,
 * and the walk is made later, from where the thread is by then: the frames that it still stands in are in both.
 *
 * Only that thread, and its handlers, come here: a handler takes the row behind the one that was interrupted, or that row
 * itself before it is said to be in use, as on a board. In a forked child nothing of it holds. */
#include "early.h"

#include <errno.h>
#include <string.h>

#include "board.h"
#include "place.h"
#include "process/process.h"
#include "stack/stack.h"
#include "system/system.h"
#include "taking.h"
#include "wake/wake.h"
#include "words.h"

enum { ROWS = 32, WORDS = 64, DEPTH = 64, MANY = 10000 };
static struct row {
    uint64_t lock, since, pc, sp;
    uint64_t words[WORDS]; /* of the stack, from sp */
    uint32_t word_count;
    uint32_t hook;
    uint16_t count;
    uint8_t kind, state; /* enum lw_hold_state: NONE, TAKING, HELD */
} rows[ROWS];
static LW_START_DATA uint32_t depth;
static LW_START_DATA uint32_t taken; /* in all */
static LW_START_DATA uint32_t forks; /* of this process, when the rows were written */
static LW_START_DATA const struct lw_thread *first;

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

LW_START_CODE void lw_early_start(void)
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

/* Of the first stack it is known where it ends, and that nothing else is mapped near. */
static void keep_words(struct row *row, const void *frame)
{
    enum { NEAR = 64 << 20 };
    uint64_t room = (uint64_t)lw_arguments - LW_CALLER_SP(frame);
    row->pc = LW_CALLER_PC(frame);
    row->sp = LW_CALLER_SP(frame);
    row->word_count = 0;
    if (room >= NEAR || row->sp % sizeof(uint64_t) != 0)
        return;
    row->word_count = room / sizeof(uint64_t) < WORDS ? (uint32_t)(room / sizeof(uint64_t)) : WORDS;
    for (uint32_t i = 0; i < row->word_count; i++)
        row->words[i] = ((const uint64_t *)row->sp)[i];
}

static void begin_if_many(void)
{
    int error = errno;
    if ((++taken % MANY == 0 || lw_on_roll()) && !lw_strict && lw_begin())
        lw_board_here(); /* which takes over what is held */
    errno = error;
}

void lw_early_took(const void *lock, uint32_t hook, uint32_t kind, const void *frame)
{
    if (!lw_locking || lw_keeping() || !lw_awake() || !is_first() || lw_called_by_libc(frame))
        return;
    struct row *row = row_of(lock);
    if (row && row->kind == kind && lw_lock_counts(lock, kind)) {
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
    keep_words(row, frame);
    row->hook = hook;
    row->kind = (uint8_t)kind;
    row->count = 1;
    say(row, LW_HOLD_HELD);
    begin_if_many();
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
    return lw_mutex_word(lock) != 0 && !(lw_mutex_answers_holder(lock) && is_own(lock));
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

/* ---- Misused ---- */

static bool is_destroyed(const void *lock, uint32_t kind)
{
    return kind == LW_MUTEX && lw_words_known && lw_mutex_is_destroyed(lock);
}

bool lw_early_mistaken(const void *lock, uint32_t kind, uint32_t how)
{
    if (is_destroyed(lock, kind))
        return true;
    return kind == LW_MUTEX && lw_words_known && !(how & LW_WAIT_NEVER) && lw_mutex_word(lock) != 0 &&
           (lw_mutex_kind(lock) & LW_MUTEX_TYPE) == PTHREAD_MUTEX_ERRORCHECK && is_own(lock);
}

bool lw_early_misgiven(const void *lock, uint32_t kind)
{
    switch (kind) {
    case LW_MUTEX:
        return lw_words_known && (is_destroyed(lock, kind) || lw_mutex_word(lock) == 0);
    case LW_RWLOCK:
        return lw_words_known && lw_rwlock_is_free(lock);
    case LW_SPINLOCK:
        return !lw_spinlock_is_held(lock);
    default:
        return false;
    }
}

/* ---- There is a ledger ---- */

/* What the row's words say of a place; `now`: they do not reach so far. */
static uint64_t word_at(const struct row *row, uint64_t location, uint64_t now)
{
    uint64_t number = (location - row->sp) / sizeof(uint64_t);
    return number < row->word_count ? row->words[number] : now;
}

/* In the same function, as a rule. */
static bool is_near(uint64_t one, uint64_t other)
{
    enum { NEAR = 1 << 15 };
    return one - other + NEAR < 2 * NEAR;
}

/* The return addresses further out than the row's frame, outermost last, as they were then, as far as that can be told: what
 * has the same place on the stack and the same value. The innermost of those functions called from elsewhere then. What
 * stood between it and the lock has returned, and is not told. Gives how many. */
static uint32_t callers(const struct row *row, const struct lw_walk *walk, uint64_t *address)
{
    uint64_t then[DEPTH], now[DEPTH];
    uint32_t count = 0, frame = 1, known = 0, inner;
    for (uint32_t slot = 0; slot < walk->slots && frame < walk->depth && count < DEPTH; slot++) {
        uint64_t location = walk->slot[slot].location;
        if (lw_bare_address(walk->slot[slot].value) != walk->address[frame])
            continue; /* not a return address */
        now[count] = walk->address[frame++];
        then[count] = lw_bare_address(word_at(row, location, walk->slot[slot].value));
        count += location >= row->sp;
        known = location - row->sp < row->word_count * sizeof(uint64_t) ? count : known;
    }
    for (inner = count; inner > 0 && then[inner - 1] == now[inner - 1]; inner--)
        ;
    if (inner > 0 && is_near(then[inner - 1], now[inner - 1]))
        inner--;
    address[0] = row->pc;
    if (inner >= known)
        return 1;
    uint32_t told = count - inner < DEPTH - 1 ? count - inner : DEPTH - 1;
    memcpy(address + 1, then + inner, told * sizeof *then);
    return told + 1;
}

/* No scope that begins after this is to answer for it. */
static void move(const struct row *row, struct lw_board *board, const uint64_t *address, uint32_t count)
{
    struct lw_hold *hold = lw_hold_at(board, board->depth);
    if (!hold) {
        board->lost++;
        return;
    }
    hold->lock = row->lock;
    hold->since = row->since;
    hold->site = lw_place_site(address, count, row->hook, row->kind);
    hold->serial = ++board->serial;
    lw_hold_say(hold, lw_hold_word(row->count, row->kind, LW_HOLD_HELD) | (uint64_t)(uint32_t)LW_HOLD_KEPT << 32);
    board->depth++;
}

/* Not inline: where nothing may be asked of the system this is the program's stack, and room for a walk is not taken. */
static __attribute__((noinline)) void move_walked(struct lw_board *board, const void *frame)
{
    struct lw_walk walk;
    uint64_t address[DEPTH];
    if (!lw_stack_walk(&walk, frame))
        walk.slots = walk.depth = 0;
    for (uint32_t i = 0; i < depth; i++)
        if (rows[i].state == LW_HOLD_HELD)
            move(&rows[i], board, address, callers(&rows[i], &walk, address));
}

void lw_early_move(struct lw_board *board, const void *frame)
{
    if (!lw_early_any())
        return;
    if (!lw_strict)
        move_walked(board, frame);
    for (uint32_t i = 0; i < depth && lw_strict; i++)
        if (rows[i].state == LW_HOLD_HELD)
            move(&rows[i], board, &rows[i].pc, 1);
    forget();
}
