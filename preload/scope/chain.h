/* The chain of a thread's spans, from the innermost outwards. */
#ifndef LW_CHAIN_H
#define LW_CHAIN_H

#include "scope.h"

#pragma GCC visibility push(hidden)

static inline bool lw_is_named(const struct lw_span *span)
{
    return span && span->kind != LW_SCOPE_THREAD;
}

static inline void lw_set_innermost(struct lw_thread *thread, struct lw_span *span)
{
    thread->innermost = span;
    thread->scope = lw_is_named(span) ? span->scope : 0;
}

/* A longjmp has left this one. stack: from where; 0: not known. */
void lw_scopes_left_by_jump(struct lw_thread *thread, struct lw_span *span, uint32_t stack);
/* A block that is entered by the same instruction of the same frame has been left before. */
void lw_scopes_begun_again(struct lw_thread *thread, const void *block, uint64_t begun);
/* At a function's begin: those below it on the stack have been left by ways that nothing tells of. */
void lw_scopes_abandoned(struct lw_thread *thread, bool own_frame, const void *frame);

#pragma GCC visibility pop

#endif
