/* Scopes begin and end: the chain of spans of a thread, and how parts of it move between threads.
 *
 * DESIGN. A thread's spans are a chain from the innermost outwards; behind the named ones, at the far end, may stand the
 * span of the thread itself. Whatever moves along that chain first settles what others have done to it: an end by another
 * thread (`condemned`) and a longjmp over some of it. So the scopes around a mistake stay right. */
#include "chain.h"

#include <errno.h>
#include <string.h>

#include "process/process.h"
#include "system/system.h"

/* ---- Paths ---- */

static uint32_t path_of(uint32_t kind, uint32_t parent, uint32_t name, uint32_t depth)
{
    struct lw_scope key = {.kind = kind, .parent = parent, .name = name, .depth = depth, .first_time = lw_now()};
    return lw_intern(LW_SCOPES, lw_hash2((uint64_t)parent << 32 | name, kind), &key);
}

/* What is cut is not cut within a character of UTF-8. */
static size_t length_of(const char *name)
{
    size_t length = strnlen(name, LW_SCOPE_NAME);
    if (length == LW_SCOPE_NAME)
        while (length > LW_SCOPE_NAME - 4 && ((unsigned char)name[length] & 0xc0) == 0x80)
            length--;
    return length;
}

/* Where this name inside the innermost scope is remembered, if it is. */
static struct lw_scope_memo *memo_for(struct lw_thread *thread, const char *name)
{
    uint64_t hash = ((uint64_t)name >> 3 ^ (uint64_t)thread->scope * 0x9e3779b1u) ^ ((uint64_t)name >> 12);
    return &thread->scopes->memos[hash % LW_SCOPE_MEMOS];
}

/* The path that this name makes inside the innermost one. A name is remembered by where it stands and what it says. */
static struct lw_scope_memo *recall(struct lw_thread *thread, const char *name, uint32_t depth)
{
    uint32_t parent = thread->scope;
    struct lw_scope_memo *memo = memo_for(thread, name);
    if (memo->pointer == name && memo->parent == parent && strncmp(memo->name, name, LW_SCOPE_NAME) == 0)
        return memo;
    size_t length = length_of(name);
    memo->pointer = NULL;
    memo->parent = parent;
    memo->scope = path_of(LW_SCOPE_NAMED, parent, lw_name(name, length), depth);
    memo->count = lw_lane_scope(thread->lane, memo->scope);
    memset(memo->name, 0, sizeof memo->name);
    memcpy(memo->name, name, length);
    memo->pointer = name;
    return memo;
}

/* The same for a function: what is remembered is the number of its name, as a pointer that no name can have. */
static struct lw_scope_memo *recall_function(struct lw_thread *thread, uint32_t name, uint32_t depth)
{
    const char *pointer = (const char *)((uintptr_t)name << 3);
    struct lw_scope_memo *memo = memo_for(thread, pointer);
    if (memo->pointer == pointer && memo->parent == thread->scope)
        return memo;
    memo->pointer = NULL;
    memo->parent = thread->scope;
    memo->scope = path_of(LW_SCOPE_FUNCTION, memo->parent, name, depth);
    memo->count = lw_lane_scope(thread->lane, memo->scope);
    memo->pointer = pointer;
    return memo;
}

/* ---- Begin ---- */

static struct lw_span *push(struct lw_thread *thread, uint32_t kind, uint32_t scope, struct lw_scope_count *count)
{
    struct lw_span *span = lw_span_new(thread->scopes, scope);
    if (!span) {
        lw_count(&lw_header()->scopes_lost);
        return NULL;
    }
    struct lw_span *outer = thread->innermost;
    span->kind = (uint8_t)kind;
    span->outer = outer;
    span->depth = (uint16_t)(lw_is_named(outer) ? outer->depth + 1 : 1);
    span->lane = thread->lane;
    span->count = count;
    span->thread = thread->id;
    lw_charge_locks(span);
    if (count)
        lw_tally(&count->entered);
    lw_set_innermost(thread, span);
    span->since = lw_clock();
    return span;
}

static bool is_too_deep(const struct lw_thread *thread)
{
    if (!lw_is_named(thread->innermost) || thread->innermost->depth < LW_SCOPE_DEPTH)
        return false;
    lw_count(&lw_header()->scopes_lost);
    return true;
}

LW_HOT_CODE leakwatch_scope_t lw_scope_begin(const char *name, const void *block, const void *frame)
{
    struct lw_mark mark;
    struct lw_thread *thread = lw_scopes_enter(&mark, frame, true);
    if (!thread)
        return LEAKWATCH_UNRECORDED;
    struct lw_span *span = NULL;
    if (__builtin_expect(thread->innermost && thread->innermost->doubtful, 0))
        lw_scopes_begun_again(thread, block, LW_CALLER_PC(frame));
    if (!is_too_deep(thread)) {
        uint32_t depth = lw_is_named(thread->innermost) ? thread->innermost->depth + 1u : 1u;
        const struct lw_scope_memo *memo = recall(thread, name && name[0] ? name : "unnamed", depth);
        span = push(thread, LW_SCOPE_NAMED, memo->scope, memo->count);
    }
    uint64_t id = 0;
    if (span) {
        span->block = block;
        span->begun = LW_CALLER_PC(frame);
        id = span->id;
    }
    lw_scopes_leave(thread, &mark);
    return span ? (leakwatch_scope_t)id : LEAKWATCH_UNRECORDED;
}

/* Those that are too deep are deeper than all that are open, so they leave before any of these. */
void lw_scope_function_enter(uint32_t name, bool own_frame, const void *frame)
{
    struct lw_mark mark;
    struct lw_thread *thread = lw_scopes_enter(&mark, frame, true);
    if (!thread)
        return;
    lw_scopes_abandoned(thread, own_frame, frame);
    if (is_too_deep(thread))
        thread->scopes->too_deep++;
    else {
        thread->scopes->too_deep = 0;
        uint32_t depth = lw_is_named(thread->innermost) ? thread->innermost->depth + 1u : 1u;
        const struct lw_scope_memo *memo = recall_function(thread, name, depth);
        struct lw_span *span = push(thread, LW_SCOPE_FUNCTION, memo->scope, memo->count);
        if (span) {
            span->block = (const void *)LW_CALLER_SP(frame);
            span->begun = LW_CALLER_PC(frame);
        }
    }
    lw_scopes_leave(thread, &mark);
}

/* ---- End ---- */

static uint32_t stack_here(struct lw_thread *thread, const void *frame)
{
    struct lw_trace trace;
    lw_stack_here(thread, frame, &trace);
    return trace.stack;
}

static void note(struct lw_thread *thread, const struct lw_span *span, enum lw_imbalance_reason reason,
                 const void *frame)
{
    lw_note_imbalance(thread, span->scope, reason, stack_here(thread, frame), span->begun);
}

/* Ends everything from `inner` outwards to `span`, which stands in the chain of it. */
static size_t end_to(struct lw_thread *thread, struct lw_span *inner, struct lw_span *span, const void *frame)
{
    while (inner && inner != span) {
        struct lw_span *next = inner->outer;
        note(thread, inner, LW_SKIPPED, frame);
        lw_leave(thread, inner);
        inner = next;
    }
    return lw_leave(thread, span);
}

static bool is_inside(const struct lw_span *inner, const struct lw_span *span)
{
    while (inner && inner != span)
        inner = inner->outer;
    return inner != NULL;
}

/* Functions, and scopes that are no blocks, end independently of each other: one function begins a request, and another
 * one ends it. */
static bool outlives(const struct lw_span *inner, const struct lw_span *span)
{
    return (inner->kind == LW_SCOPE_FUNCTION && !span->block) || (span->kind == LW_SCOPE_FUNCTION && !inner->block);
}

static size_t end_mine(struct lw_thread *thread, struct lw_span *span, const void *frame)
{
    struct lw_span *kept = NULL, **link = &kept, *next;
    if (!is_inside(thread->innermost, span))
        return 0;
    for (struct lw_span *inner = thread->innermost; inner && inner != span; inner = next) {
        next = inner->outer;
        if (outlives(inner, span)) {
            *link = inner;
            link = &inner->outer;
            continue;
        }
        note(thread, inner, LW_SKIPPED, frame);
        lw_leave(thread, inner);
    }
    *link = span->outer;
    lw_set_innermost(thread, kept);
    return lw_leave(thread, span);
}

/* Its own thread goes on with it until it looks again: only that may take it off its chain. */
static size_t end_elsewhere(struct lw_thread *thread, struct lw_span *span, const void *frame)
{
    note(thread, span, LW_ENDED_ELSEWHERE, frame);
    int32_t held = lw_span_holds(span);
    __atomic_store_n(&span->condemned, 1, __ATOMIC_RELEASE);
    return held > 0 ? (size_t)held : 0;
}

/* It is theirs from now on, if it was nobody's; whose it was. Another thread may be putting something into it just now:
 * that takes a few instructions. */
static uint32_t claim(uint32_t who, struct lw_span *span)
{
    uint32_t owner = LW_GIVING;
    for (int i = 0; i < 1000 && owner == LW_GIVING; i++) {
        owner = LW_NOBODY;
        if (__atomic_compare_exchange_n(&span->thread, &owner, who, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
            return LW_NOBODY;
    }
    return owner;
}

/* One of several that were taken off together goes a way of its own, with those inside it; the others stay together. The
 * outermost knows the innermost. False: another thread takes them all just now. */
static bool part(struct lw_span *span)
{
    struct lw_span *outermost = span;
    while (outermost && !outermost->top)
        outermost = outermost->outer;
    if (!outermost || outermost == span)
        return true;
    if (claim(LW_GIVING, outermost) != LW_NOBODY)
        return false;
    span->top = outermost->top;
    outermost->top = span->outer;
    __atomic_store_n(&outermost->thread, LW_NOBODY, __ATOMIC_RELEASE);
    return true;
}

/* Detached, it is ended by whoever gets hold of it. */
static size_t end_detached(struct lw_thread *thread, struct lw_span *span, const void *frame)
{
    if (claim(thread->id, span) != LW_NOBODY || !part(span))
        return end_elsewhere(thread, span, frame);
    return end_to(thread, span->top ? span->top : span, span, frame);
}

/* Of those that the program began itself. */
static struct lw_span *innermost_begun(const struct lw_thread *thread)
{
    struct lw_span *span = thread->innermost;
    while (span && span->kind == LW_SCOPE_FUNCTION)
        span = span->outer;
    return lw_is_named(span) ? span : NULL;
}

static size_t end_innermost(struct lw_thread *thread, const void *frame)
{
    struct lw_span *span = innermost_begun(thread);
    if (span)
        return end_mine(thread, span, frame);
    lw_note_imbalance(thread, LW_OTHER, LW_NEVER_BEGUN, stack_here(thread, frame), 0);
    return 0;
}

static size_t end_by_id(struct lw_thread *thread, uint64_t id, const void *frame)
{
    enum lw_span_state state;
    struct lw_span *span = lw_span_find(id, &state);
    if (state == LW_SPAN_ENDED) {
        uint32_t scope = lw_span_scope(id);
        bool is_known = lw_element(LW_SCOPES, scope) != NULL; /* whatever the program takes for a scope */
        lw_note_imbalance(thread, is_known ? scope : LW_OTHER, LW_ENDED_TWICE, stack_here(thread, frame), 0);
    }
    if (!span)
        return 0;
    uint32_t owner = __atomic_load_n(&span->thread, __ATOMIC_ACQUIRE);
    if (owner == thread->id)
        return end_mine(thread, span, frame);
    bool is_detached = owner == LW_NOBODY || owner == LW_GIVING;
    return is_detached ? end_detached(thread, span, frame) : end_elsewhere(thread, span, frame);
}

/* The addresses that leakwatch.h gives meanings to are no ids: those begin at 2^32. */
static bool is_id(leakwatch_scope_t scope)
{
    return (uint64_t)scope >> 32 != 0;
}

LW_HOT_CODE size_t lw_scope_end(leakwatch_scope_t scope, const void *frame)
{
    if (scope && !is_id(scope))
        return 0;
    struct lw_mark mark;
    struct lw_thread *thread = lw_scopes_enter(&mark, frame, false);
    if (!thread)
        return 0;
    size_t left;
    struct lw_span *innermost = thread->innermost;
    if (innermost && (uint64_t)scope == innermost->id && innermost->kind == LW_SCOPE_NAMED) {
        lw_set_innermost(thread, innermost->outer);
        left = lw_leave(thread, innermost);
    } else
        left = scope ? end_by_id(thread, (uint64_t)scope, frame) : end_innermost(thread, frame);
    lw_scopes_leave(thread, &mark);
    return left;
}

void lw_scope_function_leave(uint32_t name, const void *frame)
{
    struct lw_mark mark;
    struct lw_thread *thread = lw_scopes_enter(&mark, frame, false);
    if (!thread)
        return;
    struct lw_span *span = thread->innermost;
    if (thread->scopes->too_deep) {
        thread->scopes->too_deep--;
        span = NULL;
    }
    for (; lw_is_named(span); span = span->outer) {
        const struct lw_scope *path = span->kind == LW_SCOPE_FUNCTION ? lw_element(LW_SCOPES, span->scope) : NULL;
        if (path && path->name == name)
            break;
    }
    if (lw_is_named(span))
        end_mine(thread, span, frame);
    lw_scopes_leave(thread, &mark);
}

/* ---- In between ---- */

/* The span that is meant, if it is this thread's or nobody's. */
static struct lw_span *meant(struct lw_thread *thread, leakwatch_scope_t scope)
{
    enum lw_span_state state;
    if (!scope)
        return lw_is_named(thread->innermost) ? thread->innermost : NULL;
    return is_id(scope) ? lw_span_find((uint64_t)scope, &state) : NULL;
}

void lw_scope_fail(leakwatch_scope_t scope, const char *reason, const void *frame)
{
    struct lw_mark mark;
    struct lw_thread *thread = lw_scopes_enter(&mark, frame, false);
    if (!thread)
        return;
    struct lw_span *span = meant(thread, scope);
    if (span) {
        span->failed = 1;
        size_t length = reason ? strnlen(reason, LW_REASON) : 0;
        memset(span->reason, 0, sizeof span->reason);
        memcpy(span->reason, reason ? reason : "", length);
    }
    lw_scopes_leave(thread, &mark);
}

/* Takes `span` and what is open inside it off the thread's chain, but for functions: they stay where their stack is. */
static void take_off(struct lw_thread *thread, struct lw_span *span)
{
    struct lw_span *kept = NULL, **keep = &kept, *taken = NULL, **take = &taken, *outer = span->outer, *next;
    for (struct lw_span *inner = thread->innermost; inner && inner != outer; inner = next) {
        struct lw_span ***link = inner->kind == LW_SCOPE_FUNCTION ? &keep : &take;
        next = inner->outer;
        **link = inner;
        *link = &inner->outer;
    }
    *keep = outer;
    *take = NULL;
    lw_set_innermost(thread, kept);
    span->top = taken;
    for (; taken && taken != span; taken = taken->outer) {
        taken->has_locks = false;
        __atomic_store_n(&taken->thread, LW_NOBODY, __ATOMIC_RELEASE);
    }
    span->has_locks = false; /* its thread has them still, and the scope goes on without it */
    __atomic_store_n(&span->thread, LW_NOBODY, __ATOMIC_RELEASE);
}

leakwatch_scope_t lw_scope_detach(leakwatch_scope_t scope, const void *frame)
{
    struct lw_mark mark;
    struct lw_thread *thread = lw_scopes_enter(&mark, frame, false);
    if (!thread)
        return scope;
    struct lw_span *span = scope ? meant(thread, scope) : innermost_begun(thread);
    uint64_t id = span ? span->id : (uint64_t)scope;
    if (span && span->thread == thread->id && is_inside(thread->innermost, span))
        take_off(thread, span);
    lw_scopes_leave(thread, &mark);
    return (leakwatch_scope_t)id;
}

static bool take_on(struct lw_thread *thread, struct lw_span *span, const void *frame)
{
    uint32_t owner = claim(thread->id, span);
    if (owner != LW_NOBODY && owner != thread->id)
        note(thread, span, LW_ATTACHED_TWICE, frame);
    return owner == LW_NOBODY && part(span);
}

static bool was_begun_in(const struct lw_span *span, uint32_t scope)
{
    const struct lw_scope *path = lw_element(LW_SCOPES, span->scope);
    while (path && path->parent && path->parent != scope)
        path = lw_element(LW_SCOPES, path->parent);
    return scope && path && path->parent == scope;
}

/* Where in the chain it belongs: what was begun in it, and is back already, stays inside. */
static struct lw_span **place_of(struct lw_span **link, const struct lw_span *span)
{
    while (lw_is_named(*link) && (*link)->depth > span->depth && was_begun_in(*link, span->scope))
        link = &(*link)->outer;
    return link;
}

int lw_scope_attach(leakwatch_scope_t scope, const void *frame)
{
    struct lw_mark mark;
    struct lw_thread *thread = lw_scopes_enter(&mark, frame, false);
    if (!thread)
        return -1;
    struct lw_span *span = scope ? meant(thread, scope) : NULL;
    bool taken = span && take_on(thread, span, frame);
    if (taken) {
        struct lw_span *top = span->top ? span->top : span, *innermost = thread->innermost;
        struct lw_span **link = place_of(&innermost, span);
        span->outer = *link;
        span->top = NULL;
        for (struct lw_span *inner = top; inner && inner != span; inner = inner->outer) {
            lw_charge_locks(inner);
            __atomic_store_n(&inner->thread, thread->id, __ATOMIC_RELEASE);
        }
        lw_charge_locks(span);
        *link = top;
        lw_set_innermost(thread, innermost);
    }
    lw_scopes_leave(thread, &mark);
    return taken ? 0 : -1;
}
