/* How often each scope was entered, and what became of its entries: no findings, but what findings are compared with. */
#include "inquiry.h"
#include "tally/scope_paths.h"

void scopes__look(struct inquiry *inquiry)
{
    double rate = ledger__clock_rate(inquiry->ledger);
    const struct scope_owner owner = {inquiry->process, inquiry->command};
    for (uint32_t i = 1; i < ledger__count(inquiry->ledger, LW_SCOPES); i++) {
        const struct lw_scope *scope = ledger__scope(inquiry->ledger, i);
        struct lw_scope_count count = ledger__scope_count(inquiry->ledger, i);
        const char *path = scope && count.entered > 0 ? inquiry__scope(inquiry, i) : NULL;
        if (path != NULL)
            scope_paths__add(inquiry->paths, path, scope->kind, &owner, &count, rate);
    }
}
