/* Releases that hit the wrong thing, as a ledger tells of them. */
#include "private.h"

static bool kind_is_known(const struct lw_misuse *misuse)
{
    return misuse->kind >= LW_CLOSED_TWICE && misuse->kind <= LW_PROBES;
}

/* What was taken back for a sweep was counted before; a writer that is still at it may be seen in between. */
static void mend(struct ledger *ledger, uint32_t number, struct lw_misuse *misuse)
{
    if (misuse->swept > misuse->count)
        misuse->swept = misuse->count;
    if (kind_is_known(misuse))
        return;
    ledger__damage(ledger, "misuse.kind", number, misuse->kind);
    misuse->kind = 0; /* left out: nobody could say what was wrong */
}

void misuses__mend(struct ledger *ledger)
{
    for (uint32_t i = 1; i < ledger->tables[LW_MISUSES].count; i++) {
        struct lw_misuse *misuse = tables__published(ledger, LW_MISUSES, i);
        if (misuse)
            mend(ledger, i, misuse);
    }
}

/* Words are chosen by the kind, so blocks that overlap must not bring others. */
const struct lw_misuse *ledger__misuse(const struct ledger *ledger, uint32_t number)
{
    const struct lw_misuse *misuse = tables__published(ledger, LW_MISUSES, number);
    return misuse && kind_is_known(misuse) ? misuse : NULL;
}
