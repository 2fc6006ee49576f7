/* What is rare about taking locks, and giving them back. */
#include "taking.h"

#include "early.h"
#include "files.h"
#include "ledger/ledger.h"
#include "owners.h"
#include "process/process.h"
#include "words.h"

#define LOOKED_AT ((uint64_t)(uint32_t)LW_HOLD_LOOKED_AT << 32) /* of a hold's word */

void lw_board_trim(struct lw_board *board)
{
    uint32_t depth = board->depth;
    while (depth > 0) {
        const struct lw_hold *top = lw_hold_at(board, depth - 1);
        if (top && top->state != LW_HOLD_NONE && top->state != LW_HOLD_GONE)
            break;
        depth--;
    }
    board->depth = depth;
}

/* ---- Before ---- */

/* It is waited for no more, though the wait has not come back to its hook. */
static void leave(struct lw_hold *hold)
{
    if (hold->kind == LW_FILE_LOCK)
        lw_file_lock_left((uint32_t)hold->lock);
    lw_hold_say(hold, 0);
}

/* What this thread waits in stands further out than the frame that calls now: so a handler came in between. Where it stands
 * further in, on the same stack, it was left by a jump, and does not wait any more. */
static void settle(struct lw_board *board, const void *frame)
{
    enum { NEAR = (1u << 20) / 16 };
    struct lw_hold *last = board->depth ? lw_hold_at(board, board->depth - 1) : NULL;
    if (!last || last->state != LW_HOLD_TAKING || lw_frame_mark(frame) - last->left >= NEAR)
        return;
    leave(last);
    lw_board_trim(board);
}

void lw_waits_leave(struct lw_board *board)
{
    for (uint32_t i = 0; i < board->depth; i++) {
        struct lw_hold *hold = lw_hold_at(board, i);
        if (hold && hold->state == LW_HOLD_TAKING)
            leave(hold);
        else if (hold && hold->state == LW_HOLD_GIVEN_UP)
            hold->state = LW_HOLD_HELD;
    }
    lw_board_trim(board);
}

/* A mutex that counts, or says EDEADLK, does not let its holder wait. */
static bool is_answered_at_once(struct lw_board *board, const void *lock, uint32_t kind)
{
    return kind == LW_MUTEX && lw_words_known && lw_hold_of(board, lock) && lw_mutex_answers_holder(lock);
}

bool lw_take_begin(struct lw_taking *taking, const void *lock, uint32_t hook, uint32_t kind, uint32_t how,
                   const void *frame)
{
    struct lw_board *board = lw_board_here();
    if (!board)
        board = lw_board_begin(lock, kind, how);
    struct lw_place *place = board ? lw_place_of(board, frame, hook, kind) : NULL;
    if (!place)
        return false;
    settle(board, frame);
    if (is_answered_at_once(board, lock, kind))
        how |= LW_WAIT_NEVER;
    uint32_t depth = board->depth;
    struct lw_hold *hold = lw_hold_at(board, depth);
    if (!hold) {
        board->lost++;
        return false;
    }
    lw_take_ask(board, hold, depth, lock, lw_clock(), place,
                lw_hold_word(how, kind, LW_HOLD_TAKING) | (uint64_t)lw_frame_mark(frame) << 32);
    *taking = (struct lw_taking){hold, place, false, 0};
    return true;
}

/* The other process has its lock at another address, and on its board: what both know is the owner's kernel id. A handler
 * that waits, too, says its own; `owner` counts for the wait that was said to be one last. The same for an owner that a
 * child of fork does not have. */
void lw_take_waits(struct lw_taking *taking, const void *lock, uint32_t kind)
{
    taking->contended = true;
    if (!lw_words_known)
        return;
    if (kind == LW_READ_LOCK && lw_rwlock_lets_writers_pass(lock))
        taking->hold->count |= LW_WAIT_BEHIND;
    uint32_t shared = lw_shared_owner(lock, kind), owner = shared ? shared : lw_lost_owner(lock, kind);
    if (!owner)
        return;
    struct lw_board *board = lw_thread.board;
    taking->outer = board->owner;
    board->owner = owner;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    taking->hold->count |= shared ? LW_WAIT_SHARED : LW_WAIT_ORPHANED;
}

/* ---- Behind ---- */

static bool counts(const struct lw_hold *hold, uint32_t kind)
{
    return kind == hold->kind && lw_lock_counts((const void *)hold->lock, kind);
}

/* The last place on a board is for what is waited for. What is got from there goes where something else was given back.
 * NULL: everything there is held, and this is followed no more. */
static struct lw_hold *resting_place(struct lw_board *board)
{
    for (uint32_t i = 0; i < LW_HOLD_WAITING; i++) {
        struct lw_hold *hold = lw_hold_at(board, i);
        if (hold && (hold->state == LW_HOLD_NONE || hold->state == LW_HOLD_GONE))
            return hold;
    }
    board->lost++;
    return NULL;
}

/* A handler that comes in between leaves alone what is being released. Nobody must see it held and waited for at once. */
static void come_to_rest(struct lw_hold *from, struct lw_hold *place, uint64_t word)
{
    place->state = LW_HOLD_RELEASING;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    place->lock = from->lock;
    place->since = from->since;
    place->site = from->site;
    place->serial = from->serial;
    lw_hold_say(from, 0);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    lw_hold_say(place, word);
}

static void say_held(const struct lw_taking *taking, uint64_t word)
{
    struct lw_board *board = lw_thread.board;
    if (board->depth <= LW_HOLD_WAITING || lw_hold_beyond(board, LW_HOLD_WAITING) != taking->hold) {
        lw_hold_say(taking->hold, word);
        return;
    }
    struct lw_hold *place = resting_place(board);
    if (place)
        come_to_rest(taking->hold, place, word);
    else
        taking->place->count--; /* what is given back is told by what was taken and is not held */
    lw_take_over(taking);
}

/* Recursive locks, and read locks, count; what a scope has left stands for itself. Of any other lock the thread cannot have
 * had it: it was given back in a way that was not seen. */
static void take_again(const struct lw_taking *taking, struct lw_hold *older, uint32_t kind)
{
    bool does_count = counts(older, kind);
    if (does_count && !lw_hold_is_left(older)) {
        older->count = (uint16_t)(older->count + (older->count != UINT16_MAX));
        lw_take_over(taking);
        return;
    }
    if (!does_count)
        lw_hold_say(older, 0);
    say_held(taking, lw_hold_word(1, kind, LW_HOLD_HELD));
}

static void count_class(uint32_t *classes, uint64_t ticks)
{
    uint32_t *class_ = &classes[lw_power(ticks, LW_WAIT_SHIFT, LW_WAIT_CLASSES)];
    if (__atomic_load_n(class_, __ATOMIC_RELAXED) != UINT32_MAX)
        __atomic_fetch_add(class_, 1, __ATOMIC_RELAXED);
}

/* Others may have the lock's statistics at hand at the same time: so what was waited is written down when it is given back,
 * and nobody waits any longer for that. */
void lw_looks_over(void)
{
    struct lw_looks *looks = &lw_thread.looks;
    uint32_t number = looks->waited_for;
    if (!number || !lw_board_still())
        return;
    looks->waited_for = 0;
    struct lw_locking *locking = lw_element(LW_LOCKINGS, number);
    if (!locking)
        return;
    lw_count(&locking->contended);
    __atomic_fetch_add(&locking->waited, looks->waited, __ATOMIC_RELAXED);
    lw_raise(&locking->longest_wait, looks->waited);
    count_class(locking->waits, looks->waited);
}

static void look_at_wait(const struct lw_taking *taking)
{
    uint64_t now = lw_clock(), waited = now - taking->hold->since;
    taking->hold->since = now;
    lw_looks_over();
    lw_thread.looks.waited = (int64_t)waited >= 0 ? waited : 0;
    lw_thread.looks.waited_for = taking->place->locking;
}

void lw_take_over(const struct lw_taking *taking)
{
    struct lw_board *board = lw_board_still();
    if (!board)
        return;
    lw_hold_say(taking->hold, 0);
    lw_board_trim(board);
}

/* Nothing is known of it on this board. If its thread has it more than once, it had it before there was a ledger, and no
 * scope since then is to answer for that. */
static void take_first(const struct lw_taking *taking, uint32_t kind, uint64_t said)
{
    const pthread_mutex_t *mutex = (const pthread_mutex_t *)taking->hold->lock;
    uint32_t count = kind == LW_MUTEX && lw_words_known ? lw_mutex_count(mutex) : 1;
    if (count > 1 && count <= UINT16_MAX)
        said = lw_hold_word(count, kind, LW_HOLD_HELD) | (uint64_t)(uint32_t)LW_HOLD_KEPT << 32;
    say_held(taking, said);
}

void lw_take_end(const struct lw_taking *taking, uint32_t kind, bool taken)
{
    struct lw_board *board = lw_board_still();
    if (board && taking->hold->count & (LW_WAIT_SHARED | LW_WAIT_ORPHANED))
        board->owner = taking->outer;
    if (!taken)
        lw_take_over(taking);
    if (!taken || !board)
        return;
    struct lw_place *place = taking->place;
    uint64_t word = lw_hold_word(1, kind, LW_HOLD_HELD);
    place->count++;
    struct lw_hold *older = lw_hold_of(board, (const void *)taking->hold->lock);
    bool waited = taking->contended && !(older && kind == LW_MUTEX && counts(older, kind));
    if (waited)
        look_at_wait(taking);
    if (waited || place->count % LW_LOCKING_SAMPLE == 0)
        word |= LOOKED_AT;
    if (older)
        take_again(taking, older, kind);
    else
        take_first(taking, kind, word);
}

/* ---- Given back ---- */

static void stop_waiting(struct lw_board *board)
{
    for (uint32_t i = 0; i < board->depth; i++) {
        struct lw_hold *hold = lw_hold_at(board, i);
        if (hold && hold->state == LW_HOLD_TAKING && hold->kind == LW_CONDITION)
            lw_hold_say(hold, 0);
    }
}

static void look_up(struct lw_looks *looks, uint32_t site)
{
    struct lw_locking key = {.site = site};
    looks->held = site ? lw_lookup(LW_LOCKINGS, lw_hash2(site, LW_LOCKINGS), &key) : 0;
    looks->longest_hold = 0;
    looks->site = site;
}

static uint32_t coarse(uint64_t ticks)
{
    return ticks >> LW_WAIT_SHIFT < UINT32_MAX ? (uint32_t)(ticks >> LW_WAIT_SHIFT) : UINT32_MAX;
}

/* Who waits has to be counted as long as they do; all else has time until they do not any more. */
static void look_at_hold(struct lw_giving *giving, bool contended)
{
    struct lw_looks *looks = &lw_thread.looks;
    if (looks->site != giving->hold->site)
        look_up(looks, giving->hold->site);
    giving->held = lw_clock() - giving->hold->since;
    giving->locking = (int64_t)giving->held >= 0 ? looks->held : 0;
    uint32_t held = coarse(giving->held);
    if (!giving->locking || !contended || held == 0 || held < looks->longest_hold)
        return;
    const struct lw_locking *locking = lw_element(LW_LOCKINGS, giving->locking);
    looks->longest_hold = locking ? coarse(locking->longest_hold) : UINT32_MAX;
    if (locking && giving->held > locking->longest_hold)
        giving->waiting = lw_waiting_for((const void *)giving->hold->lock);
}

static void write_hold(const struct lw_giving *giving)
{
    struct lw_locking *locking = lw_element(LW_LOCKINGS, giving->locking);
    if (!giving->locking || !locking)
        return;
    count_class(locking->holds, giving->held);
    if (giving->waiting == 0)
        return; /* the last one who waited for a mutex leaves it as if there were more */
    lw_raise(&locking->longest_hold, giving->held);
    locking->longest_time = lw_now();
    locking->most = giving->waiting;
}

/* A wait for a condition that is cancelled does not come back to its hook, and its thread has the lock again. */
bool lw_give_begin(struct lw_giving *giving, const void *lock, uint32_t kind, bool contended)
{
    struct lw_board *board = lw_board_here();
    if (!board && !lw_early_has(lock))
        board = lw_board_begin_if_misgiven(lock, kind);
    if (!board) {
        lw_early_gives(lock);
        return false;
    }
    struct lw_hold *hold = lw_hold_of(board, lock);
    *giving = (struct lw_giving){.hold = hold};
    if (!hold)
        return true;
    if (hold->state == LW_HOLD_GIVEN_UP)
        stop_waiting(board);
    bool is_sample = hold->left == (uint32_t)LW_HOLD_LOOKED_AT && !lw_thread.looks.waited_for;
    if (hold->count == 1 && (contended || is_sample))
        look_at_hold(giving, contended);
    hold->state = LW_HOLD_RELEASING;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return true;
}

void lw_give_end(const struct lw_giving *giving, bool given)
{
    struct lw_board *board = lw_board_still();
    struct lw_hold *hold = giving->hold;
    if (!board)
        return;
    if (!given || hold->count > 1) {
        hold->count = (uint16_t)(hold->count - (given && hold->count != UINT16_MAX));
        hold->state = LW_HOLD_HELD;
        return;
    }
    lw_hold_say(hold, 0);
    lw_board_trim(board);
    write_hold(giving);
    lw_looks_over();
}
