/* What was given back before something younger of the same scope: release-order. */
#include <stdio.h>

#include "base/pool.h"
#include "inquiry.h"
#include "model/call_name.h"

static const char *later_text(const struct inquiry *inquiry, const struct lw_disorder *row)
{
    char text[128], call[CALL_NAME];
    snprintf(text, sizeof text, "given back by %.60s while something younger was held",
             call_name__written(call, ledger__name(inquiry->ledger, row->call)));
    return pool__text(inquiry->pool, text);
}

static void add_disorder(struct inquiry *inquiry, const struct lw_disorder *row, const struct lw_site *site)
{
    const struct finding_kind *kind = kinds__get(KIND_RELEASE_ORDER);
    const struct lw_site *younger = ledger__site(inquiry->ledger, row->younger);
    struct tally_key key = {
        .kind = kind,
        .call = inquiry__name(inquiry, site->call),
        .scope = inquiry__scope(inquiry, site->scope),
        .later = later_text(inquiry, row),
        .stack = stacks__number(inquiry->stacks, site->stack),
        .released = stacks__number(inquiry->stacks, row->stack),
        .level = kind->level,
    };
    if (key.stack == 0)
        key.elsewhere = inquiry->program;
    const struct sighting sighting = {.process = inquiry->process, .count = row->count, .age = -1};
    struct tally *tally = inquiry__add(inquiry, &key, site->kind, &sighting);
    const struct tally_item holder = {
        .as = FACT_YOUNGER,
        .call = younger ? inquiry__name(inquiry, younger->call) : NULL,
        .stack = younger ? stacks__number(inquiry->stacks, younger->stack) : 0,
        .resource = site->kind,
        .count = row->count,
    };
    tally__add_item(tally, &holder);
}

void disorders__look(struct inquiry *inquiry)
{
    for (uint32_t i = 1; i < ledger__count(inquiry->ledger, LW_DISORDERS); i++) {
        const struct lw_disorder *row = ledger__disorder(inquiry->ledger, i);
        const struct lw_site *site = row ? ledger__site(inquiry->ledger, row->site) : NULL;
        if (site != NULL)
            add_disorder(inquiry, row, site);
    }
}
