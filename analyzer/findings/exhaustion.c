/* The table of descriptors was full: fd-exhausted, with the victim and who held the table. */
#include <inttypes.h>
#include <stdio.h>

#include "../pool.h"
#include "inquiry.h"

static const char *later_text(struct inquiry *inquiry, const struct lw_exhaustion *exhaustion)
{
    char text[128];
    if (exhaustion->limit == 0 || exhaustion->open == 0)
        return NULL;
    snprintf(text, sizeof text, "%" PRIu64 " descriptors were open, the soft limit was %" PRIu64, exhaustion->open,
             exhaustion->limit);
    return pool__text(inquiry->pool, text);
}

/* The first process that has this tally tells who held its table; another one's table is another story. */
static void keep_holders(struct inquiry *inquiry, const struct lw_exhaustion *exhaustion, struct tally *tally)
{
    if (tally->holders != NULL)
        return;
    for (uint32_t i = 0; i < exhaustion->rows && i < LW_EXHAUSTION_ROWS; i++) {
        const struct lw_site *site = ledger__site(inquiry->ledger, exhaustion->row[i].site);
        if (site == NULL || exhaustion->row[i].held == 0)
            continue;
        const struct contrast_number holder = {.call = inquiry__name(inquiry, site->call),
                                               .stack = stacks__number(inquiry->stacks, site->stack),
                                               .count = exhaustion->row[i].held};
        tally__add_holder(tally, &holder);
    }
}

void exhaustion__look(struct inquiry *inquiry)
{
    const struct lw_exhaustion *exhaustion = ledger__exhaustion(inquiry->ledger);
    if (exhaustion == NULL)
        return;
    const struct finding_kind *kind = kinds__get(KIND_FD_EXHAUSTED);
    struct tally_key key = {
        .kind = kind,
        .call = inquiry__name(inquiry, exhaustion->call),
        .later = later_text(inquiry, exhaustion),
        .stack = stacks__number(inquiry->stacks, exhaustion->stack),
        .error = exhaustion->error,
        .level = kind->level,
    };
    if (key.stack == 0)
        key.elsewhere = inquiry->program;
    struct sighting sighting = {.process = inquiry->process,
                                .count = exhaustion->times ? exhaustion->times : 1,
                                .age = inquiry__age(inquiry, exhaustion->time)};
    keep_holders(inquiry, exhaustion, inquiry__add(inquiry, &key, LW_KIND_NONE, &sighting));
}
