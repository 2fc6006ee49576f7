/* What a site is called in all runs of a program. */
#include "site_name.h"

#include "base/pool.h"
#include "model/fingerprint.h"
#include "model/kinds.h"
#include "model/resource.h"
#include "scope_path.h"

struct site_name site_name__of(const struct ledger *ledger, uint32_t site, struct stacks *stacks, struct pool *pool)
{
    static const struct lw_site nothing;
    const struct lw_site *record = ledger__site(ledger, site) ? ledger__site(ledger, site) : &nothing;
    const char *call = ledger__name(ledger, record->call);
    bool is_object = lw_class(record->kind) == LW_CLASS_LOCK; /* as findings/leaks.c has it */
    struct site_name name = {
        .kind = kinds__get(is_object ? KIND_LOCK_LEAK : kinds__of_leak(record->kind)),
        .call = call[0] != '\0' ? pool__text(pool, call) : NULL,
        .scope = scope_path__of(ledger, stacks, pool, record->scope),
        .stack = stacks__get(stacks, stacks__number(stacks, record->stack)),
    };
    const char *elsewhere = name.stack == NULL ? resource__type(record->kind) : NULL;
    fingerprint__make(name.fingerprint, name.kind->name, name.call, name.scope, name.stack, elsewhere);
    return name;
}
