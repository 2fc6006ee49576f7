/* The path of a ledger's scope. */
#include "scope_path.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/heap.h"
#include "base/pool.h"
#include "scope_paths.h"

enum { SCOPES_AT_MOST = LW_SCOPE_DEPTH, SCOPE_TEXT = LW_SCOPE_DEPTH * (LW_SCOPE_NAME + 4) };

#define FOLDED "(other scopes)" /* what found no room in the ledger */

/* A thread is a scope that nobody named: its start routine tells it. */
static const char *thread_path(struct stacks *stacks, struct pool *pool, const struct lw_scope *scope)
{
    const char *routine = stacks__function(stacks, scope->module, scope->address);
    char *text = heap__printed("thread%s%s", routine ? " " : "", routine ? routine : "");
    const char *path = pool__text(pool, text);
    free(text);
    return path;
}

/* Outermost first. */
const char *scope_path__of(const struct ledger *ledger, struct stacks *stacks, struct pool *pool, uint32_t scope)
{
    uint32_t path[SCOPES_AT_MOST];
    char text[SCOPE_TEXT];
    size_t depth = 0, length = 0;
    const struct lw_scope *here = ledger__scope(ledger, scope);
    if (scope == LW_OTHER)
        return pool__text(pool, FOLDED);
    if (here != NULL && here->kind == LW_SCOPE_THREAD)
        return thread_path(stacks, pool, here);
    for (; depth < SCOPES_AT_MOST && (here = ledger__scope(ledger, scope)) != NULL; scope = here->parent)
        if (here->kind == LW_SCOPE_NAMED || here->kind == LW_SCOPE_FUNCTION)
            path[depth++] = here->name;
    if (scope == LW_OTHER)
        length = (size_t)snprintf(text, sizeof text, FOLDED);
    while (depth-- > 0 && length < sizeof text) {
        const char *name = ledger__name(ledger, path[depth]);
        length +=
            (size_t)snprintf(text + length, sizeof text - length, "%s%s", length > 0 ? SCOPE_SEPARATOR : "", name);
    }
    return length > 0 ? pool__text(pool, text) : NULL;
}
