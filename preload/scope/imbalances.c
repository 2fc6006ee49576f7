/* What was wrong with how scopes ended, or with the order in which they gave things back: rows of the ledger. */
#include <stddef.h>

#include "process/process.h"
#include "scope.h"

/* ---- Ends ---- */

void lw_note_imbalance(struct lw_thread *thread, uint32_t scope, enum lw_imbalance_reason reason, uint32_t stack,
                       uint64_t begun)
{
    uint64_t now = lw_now();
    const struct lw_scope *path = lw_element(LW_SCOPES, scope);
    if (path && path->kind == LW_SCOPE_FUNCTION) /* a function may be left in any way: nobody has to end it */
        return;
    struct lw_imbalance key = {.scope = scope,
                               .reason = reason,
                               .stack = stack,
                               .begun = begun ? lw_stack_of_address(begun) : 0,
                               .first_time = now};
    uint64_t hash = lw_hash2((uint64_t)scope << 32 | stack, (uint64_t)key.begun << 32 | reason);
    struct lw_imbalance *row = lw_element(LW_IMBALANCES, lw_intern(LW_IMBALANCES, hash, &key));
    if (!row)
        return;
    lw_count(&row->count);
    row->last_time = now;
    row->thread = thread->id;
}

/* ---- Order ---- */

/* What the innermost scope acquired last and still holds, if that is not this one. With order=1 its list
 * is in the order of acquisition. */
void lw_note_disorder(struct lw_record *record, const struct lw_slot *slot)
{
    const struct lw_span *span = record->thread->innermost;
    const struct lw_slot *youngest = NULL;
    for (uint32_t i = span->held_count; i-- > 0 && !youngest;)
        if (span->held[i] == slot || lw_is_left(span->held[i], span->id))
            youngest = span->held[i];
    if (!youngest || youngest == slot)
        return;
    struct lw_disorder key = {slot->site, youngest->site, record->trace.stack, record->call, 0};
    uint64_t hash = lw_hash2((uint64_t)key.site << 32 | key.younger, (uint64_t)key.stack << 32 | key.call);
    struct lw_disorder *row = lw_element(LW_DISORDERS, lw_intern(LW_DISORDERS, hash, &key));
    if (row)
        lw_count(&row->count);
}
