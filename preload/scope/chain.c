/* Who moves along a thread's chain of spans first settles what others have done to it. */
#include "chain.h"

#include "process/process.h"
#include "system/system.h"
#include "wake/wake.h"

void lw_scopes_left_by_jump(struct lw_thread *thread, struct lw_span *span, uint32_t stack)
{
    lw_note_imbalance(thread, span->scope, LW_JUMPED, stack, span->begun);
    lw_set_innermost(thread, span->outer);
    lw_leave(thread, span);
}

/* At events after a longjmp: which blocks did it leave? On an alternate stack nothing follows from where something stands. */
static void jumped(struct lw_thread *thread, const void *frame)
{
    uintptr_t from = (uintptr_t)thread->jumped, now = LW_CALLER_SP(frame);
    struct lw_span *span = thread->innermost;
    while (span && span->doubtful && (uintptr_t)span->block >= from && (uintptr_t)span->block < now &&
           !lw_on_signal_stack(NULL)) {
        lw_scopes_left_by_jump(thread, span, thread->scopes->jump_stack);
        span = thread->innermost;
    }
    if (!span || !span->block)
        thread->jumped = NULL;
}

LW_HOT_CODE void lw_scopes_settle(struct lw_thread *thread, const void *frame)
{
    if (__builtin_expect(thread->jumped != NULL, 0))
        jumped(thread, frame);
    while (lw_is_named(thread->innermost) && __atomic_load_n(&thread->innermost->condemned, __ATOMIC_ACQUIRE)) {
        struct lw_span *span = thread->innermost;
        lw_set_innermost(thread, span->outer);
        lw_leave(thread, span);
    }
}

LW_HOT_CODE struct lw_thread *lw_scopes_enter(struct lw_mark *mark, const void *frame, bool worth)
{
    if (!lw_awake())
        return NULL;
    lw_touch_stack(LW_STACK_NEEDED);
    struct lw_thread *thread = lw_present(worth);
    if (!thread || !thread->scopes || !lw_mark_set(thread, mark))
        return NULL;
    if (lw_scopes_unsettled(thread))
        lw_scopes_settle(thread, frame);
    return thread;
}

LW_HOT_CODE void lw_scopes_leave(struct lw_thread *thread, struct lw_mark *mark)
{
    lw_mark_clear(thread, mark);
}
