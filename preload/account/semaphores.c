/* Semaphores that are an interpreter's locks.
 *
 * DESIGN. They stand on the board of the thread that took them, so that the end of a scope finds them as it finds mutexes.
 * They differ in who gives them back: any thread may, and takes them off another's board then. Only those count that the
 * interpreter's own module asks for: what an extension counts by a semaphore is no lock. The interpreter also waits on
 * semaphores that are no locks; those it destroys when it has waited. */
#include "semaphores.h"

#include <errno.h>

#include "account.h"
#include "python/python.h"
#include "scope/scope.h"

bool lw_semaphores_watched;
static const char acquire[] = "acquire"; /* what a program calls */
static uint32_t held;                    /* by all threads: where that is 0, none need be looked for */

bool lw_semaphores_watch(const void *frame)
{
    struct lw_call event;
    struct lw_record record;
    int before = errno;
    if (!lw_locking || !lw_enter(&event, LW_HOOK_sem_wait, frame) || !lw_record_open(&record, &event, true))
        return false;
    lw_record_close(&record); /* its stack has shown who the interpreter is */
    errno = before;
    if (lw_python_is_told())
        __atomic_store_n(&lw_semaphores_watched, true, __ATOMIC_RELAXED);
    return lw_python_is_told();
}

static bool is_in_scope(void)
{
    const struct lw_span *span = lw_thread.innermost;
    return span && span->kind != LW_SCOPE_THREAD;
}

/* It cannot be this thread's already: it was given back in a way that was not seen. */
static void forget(struct lw_board *board, struct lw_hold *hold)
{
    lw_hold_say(hold, 0);
    lw_board_trim(board);
    __atomic_fetch_sub(&held, 1, __ATOMIC_RELAXED);
}

static void put_on_board(const struct lw_lock_call *call, uint32_t stack)
{
    struct lw_board *board = lw_board_here();
    struct lw_hold *older = board ? lw_hold_of(board, call->lock) : NULL;
    if (older)
        forget(board, older);
    struct lw_hold *hold = board && board->depth < LW_HOLD_WAITING ? lw_hold_at(board, board->depth) : NULL;
    if (!hold)
        return;
    uint32_t call_name = lw_name(acquire, sizeof acquire - 1);
    const struct lw_place place = {.site = lw_lock_site(stack, call_name, LW_THREADING_LOCK)};
    uint64_t taking = lw_hold_word(LW_WAIT_NEVER, LW_THREADING_LOCK, LW_HOLD_TAKING);
    lw_take_ask(board, hold, board->depth, call->lock, lw_clock(), &place,
                taking | (uint64_t)lw_frame_mark(call->frame) << 32);
    lw_hold_say(hold, lw_hold_word(1, LW_THREADING_LOCK, LW_HOLD_HELD));
    __atomic_fetch_add(&held, 1, __ATOMIC_RELAXED);
}

void lw_semaphore_taken(const struct lw_lock_call *call)
{
    struct lw_call event;
    struct lw_record record;
    int before = errno;
    if (!is_in_scope() || !lw_python_is_own(LW_CALLER_PC(call->frame)) || !lw_enter(&event, call->hook, call->frame))
        return;
    if (lw_record_open(&record, &event, false)) {
        if (is_in_scope())
            put_on_board(call, record.trace.stack);
        lw_record_close(&record);
    }
    errno = before;
}

/* Who holds it, and no longer does. */
static void take_away(const struct lw_lock_call *call, bool is_release)
{
    struct lw_board *board = lw_board_here();
    struct lw_hold *own = board ? lw_hold_of(board, call->lock) : NULL, *hold = own;
    if (!own)
        hold = lw_owner_of(call->lock, 0).hold;
    if (!hold || hold->kind != LW_THREADING_LOCK)
        return;
    if (is_release && lw_hold_is_left(hold))
        lw_lock_given_late(call, hold);
    if (own)
        forget(board, own);
    else if (lw_hold_taken_away(hold))
        __atomic_fetch_sub(&held, 1, __ATOMIC_RELAXED);
}

static bool is_any(const struct lw_lock_call *call)
{
    return __atomic_load_n(&held, __ATOMIC_RELAXED) && lw_awake() && lw_keeping() &&
           lw_python_is_own(LW_CALLER_PC(call->frame)) && !lw_python_is_ending();
}

void lw_semaphore_given(const struct lw_lock_call *call)
{
    if (is_any(call))
        take_away(call, true);
}

void lw_semaphore_gone(const struct lw_lock_call *call)
{
    if (is_any(call))
        take_away(call, false);
}
