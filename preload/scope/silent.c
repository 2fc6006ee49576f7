/* Scopes that begin or end without a word: a thread's own, those that a longjmp leaves, those that are open at exit.
 *
 * DESIGN. A thread's own scope is entered with its first record and is left by the destructor of a thread-specific key, in
 * the last of the rounds that the C library makes: what other destructors give back is given back by then. Its name is its
 * start routine, found in the stack of the first thing that it acquired.
 *
 * A longjmp leaves no trace by itself. Its hook notes the frame that it left from (J), and that the blocks which are open
 * there may be left by it; at an event in frame F, those whose function's frame B lies between them, J <= B <= F, are
 * gone: the stack grows down. A jump between two stacks satisfies that for no block that is still alive. Where setjmp
 * stands in the function that has the block, that is seen when the function has returned, or when it enters the block
 * again. Scopes that are not blocks are never judged by their frames: they may be begun and ended by other functions than
 * the one whose work they are. */
#include <sys/syscall.h>

#include "chain.h"
#include "process/process.h"
#include "scope.h"
#include "stack/stack.h"
#include "system/system.h"
#include "wake/wake.h"

/* ---- Threads ---- */

static void end_thread(struct lw_thread *thread)
{
    const void *frame = LW_FRAME;
    struct lw_mark mark;
    if (!lw_scopes_enter(&mark, frame, false))
        return;
    while (thread->innermost) {
        struct lw_span *span = thread->innermost;
        if (span->kind != LW_SCOPE_THREAD)
            lw_note_imbalance(thread, span->scope, LW_THREAD_ENDED, 0, span->begun);
        thread->innermost = span->outer;
        lw_leave(thread, span);
    }
    thread->scope = 0;
    lw_scopes_leave(thread, &mark);
}

void lw_scopes_thread_ends(void)
{
    end_thread(&lw_thread);
}

/* ---- Jumps ---- */

void lw_scopes_jumping(const void *frame)
{
    struct lw_thread *thread = &lw_thread;
    if (!thread->innermost || !thread->innermost->block || thread->era != lw_era || *lw_owner != LW_OURS)
        return;
    struct lw_trace trace;
    lw_stack_here(thread, frame, &trace);
    thread->scopes->jump_stack = trace.stack;
    thread->jumped = frame;
    for (struct lw_span *span = thread->innermost; span && span->block; span = span->outer)
        span->doubtful = 1;
}

void lw_scopes_begun_again(struct lw_thread *thread, const void *block, uint64_t begun)
{
    struct lw_span *span = thread->innermost;
    while (span && span->doubtful && span->block == block && span->begun == begun) {
        lw_scopes_left_by_jump(thread, span, thread->scopes->jump_stack);
        span = thread->innermost;
    }
}

/* Has the function of this span been left, if another one is entered here? What is still at work has the stack down to
 * its block, and the same block only if one of the two was inlined into the other. A function that was inlined is not
 * entered again by the same instruction before it is left. */
static bool is_abandoned(const struct lw_span *span, bool own_frame, const void *frame)
{
    uint64_t block = (uint64_t)span->block, here = LW_CALLER_SP(frame);
    return block < here || (block == here && (own_frame || span->begun == LW_CALLER_PC(frame)));
}

/* A jump may be followed by events deeper than where it led to, and an exception does not always tell of the functions
 * that it leaves. */
void lw_scopes_abandoned(struct lw_thread *thread, bool own_frame, const void *frame)
{
    struct lw_span *span = thread->innermost;
    while (span && span->kind == LW_SCOPE_FUNCTION && is_abandoned(span, own_frame, frame) &&
           !lw_on_signal_stack(NULL)) {
        lw_scopes_left_by_jump(thread, span, 0);
        span = thread->innermost;
    }
}

/* ---- Exit ---- */

static void never_ended(struct lw_span *span, void *context)
{
    struct lw_thread *thread = context;
    uint32_t owner = __atomic_load_n(&span->thread, __ATOMIC_ACQUIRE);
    enum lw_imbalance_reason reason = LW_STILL_INSIDE;
    if (span->kind == LW_SCOPE_THREAD || span->condemned)
        return;
    if (owner == thread->id)
        reason = LW_EXITED;
    else if (owner == LW_NOBODY)
        reason = LW_DETACHED_FOR_EVER;
    else if (lw_thread_is_gone(owner))
        reason = LW_THREAD_ENDED;
    lw_note_imbalance(thread, span->scope, reason, 0, span->begun);
}

/* What they hold stays what it is: held by the process at its end. */
void lw_scopes_exiting(void)
{
    struct lw_thread *thread = &lw_thread;
    if (thread->era != lw_era || !thread->lane)
        return;
    lw_spans_visit(never_ended, thread);
}
