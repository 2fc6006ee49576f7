/* Boards: a thread gets one when it first takes a lock, and the next one gets it when that has ended. */
#include "board.h"

#include <pthread.h>
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#include "early.h"
#include "place.h"
#include "system/system.h"
#include "thread_names.h"
#include "words.h"

#define PROBES 8 /* boards of perhaps ended threads that a new thread looks at */

LW_HOT_DATA bool lw_locking;

LW_START_CODE void lw_locks_start(void)
{
    lw_locking = lw_options.locks != LW_LOCKS_OFF;
    lw_early_start();
}

void lw_locks_stop(void)
{
    uint32_t count = lw_keeping() ? __atomic_load_n(&lw_header()->tables[LW_BOARDS].count, __ATOMIC_ACQUIRE) : 0;
    lw_locking = false;
    __atomic_store_n(&lw_wiped.turn, 0, __ATOMIC_SEQ_CST);
    for (uint32_t i = 1; i < count; i++) {
        struct lw_board *board = lw_element(LW_BOARDS, i);
        if (board)
            __atomic_store_n(&board->depth, 0, __ATOMIC_RELEASE);
    }
}

/* ---- Whose ---- */

/* What a thread that has ended still holds is to be told. */
static bool is_empty(struct lw_board *board)
{
    for (uint32_t i = 0; i < board->depth; i++) {
        const struct lw_hold *hold = lw_hold_at(board, i);
        uint8_t state = hold ? hold->state : LW_HOLD_NONE;
        if (state != LW_HOLD_NONE && state != LW_HOLD_GONE)
            return false;
    }
    return true;
}

static bool waits(struct lw_board *board)
{
    for (uint32_t i = board->depth; i > 0; i--) {
        const struct lw_hold *hold = lw_hold_at(board, i - 1);
        if (hold && hold->state != LW_HOLD_NONE)
            return hold->state == LW_HOLD_TAKING && hold->kind < LW_CONDITION;
    }
    return false;
}

static bool settle(struct lw_board *board, uint32_t own)
{
    uint32_t thread = __atomic_load_n(&board->thread, __ATOMIC_RELAXED);
    if (thread != 0 && is_empty(board))
        return false;
    bool is_gone = thread && thread != own && !lw_strict && lw_thread_is_gone(thread);
    if (thread == own || is_gone)
        __atomic_fetch_or(&board->flags, is_gone ? LW_BOARD_ENDED : LW_BOARD_LAST, __ATOMIC_RELAXED);
    return thread == own || is_gone || board->flags & LW_BOARD_ENDED || waits(board);
}

bool lw_boards_settle(uint32_t own)
{
    uint32_t count = lw_locking ? __atomic_load_n(&lw_header()->tables[LW_BOARDS].count, __ATOMIC_ACQUIRE) : 0;
    bool is_news = false;
    for (uint32_t i = 1; i < count; i++) {
        struct lw_board *board = lw_element(LW_BOARDS, i);
        is_news = (board && settle(board, own)) || is_news;
    }
    return is_news;
}

static void wipe(struct lw_board *board, uint32_t owner)
{
    lw_name_keep(owner, board->name);
    lw_places_forget(board);
    board->depth = board->flags = 0;
    memset(board->name, 0, sizeof board->name);
    memset(board->hold, 0, sizeof board->hold);
    void *more = lw_at(&lw_map, board->more, LW_HOLDS_MORE * sizeof(struct lw_hold));
    if (more)
        memset(more, 0, LW_HOLDS_MORE * sizeof(struct lw_hold));
}

static struct lw_board *inherit(uint32_t thread)
{
    uint32_t count = __atomic_load_n(&lw_header()->tables[LW_BOARDS].count, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < PROBES && count > 1; i++) {
        struct lw_board *board = lw_element(LW_BOARDS, 1 + (thread + i) % (count - 1));
        uint32_t owner = board ? __atomic_load_n(&board->thread, __ATOMIC_RELAXED) : 0;
        if (owner && board->flags & LW_BOARD_ENDED && lw_thread_is_gone(owner) && is_empty(board) &&
            __atomic_compare_exchange_n(&board->thread, &owner, thread, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
            wipe(board, owner);
            return board;
        }
    }
    return NULL;
}

static struct lw_board *make(uint32_t thread)
{
    void *made = NULL;
    if (!lw_append(LW_BOARDS, &made))
        return NULL;
    struct lw_board *board = made;
    __atomic_store_n(&board->thread, thread, __ATOMIC_RELEASE);
    return board;
}

static void enlist(void *frame)
{
    struct lw_thread *thread = &lw_thread;
    uint32_t id = lw_thread_id(thread);
    lw_words_start();
    struct lw_board *board = id && !lw_strict ? inherit(id) : NULL;
    if (!board && id)
        board = make(id);
    lw_note_clock(); /* what is on boards is in ticks: where nothing else happens, this tells their rate */
    if (board) {
        board->handle = (uint64_t)pthread_self();
        lw_name_own(thread->start, board->name);
    }
    thread->boardless = !board;
    thread->places = NULL;
    thread->place_turn = 0;
    thread->walks = 0;
    thread->looks = (struct lw_looks){0};
    if (board)
        lw_early_move(board, frame);
    thread->board = board;
}

struct lw_board *lw_board_arrive(void)
{
    struct lw_thread *thread = &lw_thread;
    int error = errno;
    if (!lw_locking || !lw_keeping() || !lw_awake() || !lw_keeping() || thread->boardless)
        return NULL;
    if (!thread->board) {
        lw_touch_stack(LW_STACK_NEEDED);
        lw_aside(enlist, LW_FRAME);
        errno = error;
    }
    return thread->board;
}

/* ---- Worth a ledger? ---- */

/* There is none yet, and there may be one. */
static bool may_begin(void)
{
    if (!lw_locking || lw_strict || lw_keeping() || !lw_awake())
        return false;
    lw_words_start();
    return true;
}

static struct lw_board *begin_if(bool is_worth_it)
{
    int error = errno;
    bool began = is_worth_it && lw_begin();
    errno = error;
    return began ? lw_board_here() : NULL;
}

/* Of other processes, or of a thread that a child of fork has not: it may hang before it opens anything. */
static bool is_others(const void *lock, uint32_t kind)
{
    return lw_words_known && (lw_is_shared(lock, kind) || lw_lost_owner(lock, kind));
}

struct lw_board *lw_board_begin(const void *lock, uint32_t kind, uint32_t how)
{
    return begin_if(may_begin() &&
                    (is_others(lock, kind) || lw_early_waits(lock, kind, how) || lw_early_mistaken(lock, kind, how)));
}

struct lw_board *lw_board_begin_if_misgiven(const void *lock, uint32_t kind)
{
    return begin_if(may_begin() && lw_early_misgiven(lock, kind));
}

struct lw_board *lw_board_begin_if_destroyed(const void *lock)
{
    return begin_if(may_begin() && lw_early_mistaken(lock, LW_MUTEX, LW_WAIT_NEVER));
}

struct lw_board *lw_board_begin_if_held(const void *lock)
{
    return begin_if(may_begin() && lw_early_has(lock));
}

/* ---- Holds that few threads have ---- */

struct lw_hold *lw_hold_beyond(struct lw_board *board, uint32_t number)
{
    if (number >= LW_HOLDS + LW_HOLDS_MORE)
        return NULL;
    struct lw_hold *more = lw_block_at(&board->more, LW_HOLDS_MORE * sizeof *more);
    return more ? &more[number - LW_HOLDS] : NULL;
}
