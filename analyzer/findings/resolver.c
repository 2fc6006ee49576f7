/* Resolves whatever a report may ask of a ledger. */
#include "resolver.h"

#include <stdlib.h>

#include "base/heap.h"
#include "callsite/verdicts.h"
#include "ledger/read.h"
#include "symbol/stacks.h"

struct resolver {
    struct stacks *stacks;
    struct verdicts *verdicts;
};

struct resolver *resolver__new(struct symbols *symbols)
{
    struct resolver *resolver = heap__zeroed(1, sizeof(*resolver));
    resolver->stacks = stacks__new(symbols);
    resolver->verdicts = verdicts__new(symbols, resolver->stacks);
    return resolver;
}

void resolver__free(struct resolver *resolver)
{
    if (resolver == NULL)
        return;
    verdicts__free(resolver->verdicts);
    stacks__free(resolver->stacks);
    free(resolver);
}

static void judge(struct resolver *resolver, uint32_t stack)
{
    uint32_t number = stacks__number(resolver->stacks, stack);
    if (number != 0)
        verdicts__of(resolver->verdicts, number);
}

static void judge_releases(struct resolver *resolver, const struct ledger *ledger)
{
    for (uint32_t i = 1; i < ledger__count(ledger, LW_FAILURES); i++) {
        const struct lw_failure *failure = ledger__failure(ledger, i);
        if (failure != NULL)
            judge(resolver, failure->stack);
    }
    for (uint32_t i = 1; i < ledger__count(ledger, LW_RELEASES); i++) {
        const struct lw_release *release = ledger__release(ledger, i);
        if (release != NULL && release->flags & LW_RELEASED_WRITABLE) /* the others are not audited */
            judge(resolver, release->stack);
    }
}

void resolver__add(struct resolver *resolver, const struct ledger *ledger)
{
    stacks__open(resolver->stacks, ledger);
    for (uint32_t i = 1; i < ledger__count(ledger, LW_STACKS); i++)
        stacks__get(resolver->stacks, stacks__number(resolver->stacks, i));
    for (uint32_t i = 1; i < ledger__count(ledger, LW_SCOPES); i++) {
        const struct lw_scope *scope = ledger__scope(ledger, i);
        if (scope != NULL && scope->kind == LW_SCOPE_THREAD)
            stacks__function(resolver->stacks, scope->module, scope->address);
    }
    judge_releases(resolver, ledger);
    stacks__open(resolver->stacks, NULL);
}
