/* What following each number does not show: paths of scopes that must end and be as deep as they say, counters that
 * must fit each other, kinds that this version has words for.
 *
 * DESIGN. Whoever reports on scopes walks up their paths and subtracts counters. Here both are made safe: a path has at
 * most LW_SCOPE_DEPTH scopes, and no part of a count exceeds the whole. The writer's threads change counters one by one
 * and may be stopped between two of them, so counters that do not fit are no damage; nor are depths, which the paths
 * tell as well. */
#include "private.h"

static bool scope_is_known(const struct lw_scope *scope)
{
    return scope->kind >= LW_SCOPE_NAMED && scope->kind <= LW_SCOPE_FUNCTION;
}

/* May this scope stand around another one, which has this number? */
static bool fits_around(const struct ledger *ledger, uint32_t around, uint32_t number)
{
    if (around == 0 || around == LW_OTHER)
        return true;
    const struct lw_scope *scope = tables__published(ledger, LW_SCOPES, around);
    return around < number && scope && scope->kind != LW_SCOPE_THREAD && scope->depth < LW_SCOPE_DEPTH;
}

/* How deep it is. Where the scope around it was folded, it must be believed. */
static uint32_t right_depth(const struct ledger *ledger, const struct lw_scope *scope)
{
    if (scope->parent == 0)
        return 1;
    const struct lw_scope *around = tables__published(ledger, LW_SCOPES, scope->parent);
    if (around)
        return around->depth + 1;
    return scope->depth >= 2 && scope->depth <= LW_SCOPE_DEPTH ? scope->depth : 2;
}

/* Scopes come behind those around them, so these have been mended when it is their turn. */
static void mend_scope(struct ledger *ledger, uint32_t number, struct lw_scope *scope)
{
    if (!scope_is_known(scope)) {
        ledger__damage(ledger, "scope.kind", number, scope->kind);
        scope->kind = LW_SCOPE_NAMED;
    }
    if (!fits_around(ledger, scope->parent, number)) {
        ledger__dangling(ledger, "scope.parent", number, scope->parent);
        scope->parent = 0;
    }
    scope->depth = right_depth(ledger, scope);
}

static void limit(uint64_t *part, uint64_t whole)
{
    if (*part > whole)
        *part = whole;
}

static void mend_leftover(struct lw_leftover *leftover)
{
    limit(&leftover->later, leftover->count);
    limit(&leftover->entries, leftover->count);
    limit(&leftover->failed, leftover->entries);
}

static void mend_imbalance(struct ledger *ledger, uint32_t number, struct lw_imbalance *imbalance)
{
    if (imbalance->reason <= LW_ATTACHED_TWICE)
        return;
    ledger__damage(ledger, "imbalance.reason", number, imbalance->reason);
    imbalance->reason = 0; /* left out: nobody could say what happened */
}

static bool misuse_is_known(const struct lw_misuse *misuse)
{
    return (misuse->kind >= LW_CLOSED_TWICE && misuse->kind <= LW_PROBES) || lw_is_lock_misuse(misuse->kind);
}

/* What was taken back for a sweep was counted before; a writer that is still at it may be seen in between. */
static void mend_misuse(struct ledger *ledger, uint32_t number, struct lw_misuse *misuse)
{
    limit(&misuse->swept, misuse->count);
    if (misuse_is_known(misuse))
        return;
    ledger__damage(ledger, "misuse.kind", number, misuse->kind);
    misuse->kind = 0; /* left out: nobody could say what was wrong */
}

void mend__all(struct ledger *ledger)
{
    void *row;
    for (uint32_t i = 1; i < ledger->tables[LW_SCOPES].count; i++)
        if ((row = tables__published(ledger, LW_SCOPES, i)) != NULL)
            mend_scope(ledger, i, row);
    for (uint32_t i = 1; i < ledger->tables[LW_LEFTOVERS].count; i++)
        if ((row = tables__published(ledger, LW_LEFTOVERS, i)) != NULL)
            mend_leftover(row);
    for (uint32_t i = 1; i < ledger->tables[LW_IMBALANCES].count; i++)
        if ((row = tables__published(ledger, LW_IMBALANCES, i)) != NULL)
            mend_imbalance(ledger, i, row);
    for (uint32_t i = 1; i < ledger->tables[LW_MISUSES].count; i++)
        if ((row = tables__published(ledger, LW_MISUSES, i)) != NULL)
            mend_misuse(ledger, i, row);
}

/* ---- What others see: they choose words by these kinds and reasons, so blocks that overlap must not bring others. */

static bool is_known(enum lw_table_id id, const void *row)
{
    switch ((unsigned)id) {
    case LW_SCOPES:
        return scope_is_known(row);
    case LW_IMBALANCES:
        return ((const struct lw_imbalance *)row)->reason <= LW_ATTACHED_TWICE;
    case LW_MISUSES:
        return misuse_is_known(row);
    default:
        return true;
    }
}

const void *ledger__row(const struct ledger *ledger, enum lw_table_id id, uint32_t number)
{
    const void *row = tables__published(ledger, id, number);
    return row && is_known(id, row) ? row : NULL;
}

#define LW_TABLE_OF_TEXTS(...)
#define LW_TABLE(id, noun, ...)                                                                                        \
    const struct lw_##noun *ledger__##noun(const struct ledger *ledger, uint32_t number)                               \
    {                                                                                                                  \
        return ledger__row(ledger, LW_##id, number);                                                                   \
    }
#include "leakwatch/tables.def"
