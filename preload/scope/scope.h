/* Scopes: pieces of work, the resources that belong to them, and what they leave. */
#ifndef LW_SCOPE_H
#define LW_SCOPE_H

#include "lock/lock.h"
#include "span/span.h"
#include "stack/stack.h"
#define LEAKWATCH_TYPES_ONLY
#include "leakwatch/leakwatch.h"

#pragma GCC visibility push(hidden)

/* ---- scope.c: begin and end ---- */

/* frame: of the function that the program, or its compiler, called. The rest as in leakwatch.h. */
leakwatch_scope_t lw_scope_begin(const char *name, const void *block, const void *frame);
size_t lw_scope_end(leakwatch_scope_t scope, const void *frame);
void lw_scope_fail(leakwatch_scope_t scope, const char *reason, const void *frame);
leakwatch_scope_t lw_scope_detach(leakwatch_scope_t scope, const void *frame);
int lw_scope_attach(leakwatch_scope_t scope, const void *frame);
/* A selected function of a program built with -finstrument-functions. name: of the ledger (lw_name); own_frame: it is not
 * inlined into another function. */
void lw_scope_function_enter(uint32_t name, bool own_frame, const void *frame);
void lw_scope_function_leave(uint32_t name, const void *frame);

/* ---- chain.c ---- */

/* Around everything that touches spans: the thread, or NULL where it cannot be done now. worth: begin the ledger. */
struct lw_thread *lw_scopes_enter(struct lw_mark *mark, const void *frame, bool worth);
void lw_scopes_leave(struct lw_thread *thread, struct lw_mark *mark);
/* What has become of the innermost scopes since this thread looked last: left by a longjmp, ended by another thread. To be
 * called by who owns the thread's scopes, and only where there are any. */
void lw_scopes_settle(struct lw_thread *thread, const void *frame);
static inline bool lw_scopes_unsettled(const struct lw_thread *thread)
{
    return thread->innermost &&
           __builtin_expect(thread->jumped || __atomic_load_n(&thread->innermost->condemned, __ATOMIC_ACQUIRE), 0);
}

/* ---- silent.c: what begins or ends without a word ---- */

/* The destructor of the key that tells of a thread's end. */
void lw_scopes_thread_ends(void);
/* longjmp is about to leave this frame. */
void lw_scopes_jumping(const void *frame);
/* At exit: what is still open will never be ended. */
void lw_scopes_exiting(void);

/* ---- charge.c: what belongs to which span ---- */

/* The slot is being filled by this event: it is held for the innermost scope. owns: the thread's scopes are this event's. */
void lw_charge_innermost(struct lw_thread *thread, bool owns, struct lw_slot *slot);
static inline void lw_charge(struct lw_record *record, struct lw_slot *slot)
{
    if (record->thread->innermost)
        lw_charge_innermost(record->thread, record->owns_scopes, slot);
    else
        slot->entry = 0;
}
/* It is held for another span from now on, or for the process: span NULL. False: no room. */
bool lw_recharge(struct lw_thread *thread, struct lw_slot *slot, struct lw_span *span);
/* This thread's locks are the span's from here on. */
void lw_charge_locks(struct lw_span *span);
/* The lock is held for another span of this thread, or for nobody: span NULL. False: it is not held by this thread. */
bool lw_recharge_lock(const void *lock, const struct lw_span *span);
/* Would that span leave this lock of its thread, if it ended now? */
bool lw_is_charged_with_lock(const struct lw_span *span, const struct lw_hold *hold);
/* It is held on purpose. */
bool lw_expect_lock(const void *lock);
/* Its release begins; or was called off. */
void lw_discharge_span(struct lw_record *record, struct lw_slot *slot);
static inline void lw_discharge(struct lw_record *record, struct lw_slot *slot)
{
    if (slot->entry)
        lw_discharge_span(record, slot);
}
void lw_discharge_undone(struct lw_slot *slot);
/* The innermost scope has seen an acquisition fail. */
void lw_charge_failure(struct lw_record *record, int error);

/* ---- leftovers.c: what is written down ---- */

/* Books what this span still holds at its end, and forgets the span. How much that was. */
size_t lw_leave(struct lw_thread *thread, struct lw_span *span);
/* A slot that was left behind is released after all. */
void lw_left_released(struct lw_record *record, struct lw_slot *slot);
void lw_left_release_undone(struct lw_slot *slot);
/* Or is handed over after all: who has it now answers for it. */
void lw_left_taken_back(const struct lw_slot *slot);
void lw_left_lock_taken_back(const struct lw_hold *hold);
/* The same of a lock. record NULL: nobody knows by which call. */
void lw_left_lock_released(const struct lw_record *record, const struct lw_hold *hold);
/* Is the slot still held for the span of this id, by itself? */
bool lw_is_left(const struct lw_slot *slot, uint64_t id);
/* Is there anything about scopes that a report should tell? */
bool lw_scopes_have_news(void);

/* ---- imbalances.c ---- */

void lw_note_imbalance(struct lw_thread *thread, uint32_t scope, enum lw_imbalance_reason reason, uint32_t stack,
                       uint64_t begun);
void lw_note_disorder(struct lw_record *record, const struct lw_slot *slot);

/* ---- lines.c ---- */

void lw_lines_set(const struct leakwatch_line *sources, size_t count, const void *frame);
/* The acquisition that they were told for has failed. */
void lw_lines_forget(struct lw_thread *thread);
/* The event's stack goes on inside the interpreted program. */
void lw_lines_apply(struct lw_record *record);

#pragma GCC visibility pop

#endif
