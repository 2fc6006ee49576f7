/* Descriptors that another program got because they were open without O_CLOEXEC: inherited-fd. */
#include <stdio.h>
#include <string.h>

#include "../pool.h"
#include "inquiry.h"

enum { STANDARD_NUMBERS = 3 };

static const char *later_text(struct inquiry *inquiry, const struct lw_crossing *crossing)
{
    char text[LW_TEXT + 64];
    snprintf(text, sizeof text, "crossed exec into %s", ledger__name(inquiry->ledger, crossing->program));
    return pool__text(inquiry->pool, text);
}

static void add_crossing(struct inquiry *inquiry, const struct lw_crossing *crossing)
{
    const struct finding_kind *kind = kinds__get(KIND_INHERITED_FD);
    const struct lw_site *site = ledger__site(inquiry->ledger, crossing->site);
    char detail[sizeof crossing->detail + 1];
    size_t length = strnlen(crossing->detail, sizeof crossing->detail);
    memcpy(detail, crossing->detail, length);
    detail[length] = '\0';
    struct tally_key key = {
        .kind = kind,
        .call = site ? inquiry__name(inquiry, site->call) : NULL,
        .scope = site ? inquiry__scope(inquiry, site->scope) : NULL,
        .later = later_text(inquiry, crossing),
        .stack = site ? stacks__number(inquiry->stacks, site->stack) : 0,
        .released = stacks__number(inquiry->stacks, crossing->stack),
        .level = kind->level,
    };
    if (key.stack == 0)
        key.elsewhere = inquiry->program;
    struct sighting sighting = {.process = inquiry->process,
                                .count = crossing->count ? crossing->count : 1,
                                .id = crossing->number,
                                .has_id = true,
                                .detail = detail,
                                .age = inquiry__age(inquiry, crossing->last_time)};
    inquiry__add(inquiry, &key, crossing->kind, &sighting);
}

/* 0, 1 and 2 are made to be inherited. */
void crossings__look(struct inquiry *inquiry)
{
    for (uint32_t i = 1; i < ledger__count(inquiry->ledger, LW_CROSSINGS); i++) {
        const struct lw_crossing *crossing = ledger__crossing(inquiry->ledger, i);
        if (crossing != NULL && crossing->number >= STANDARD_NUMBERS)
            add_crossing(inquiry, crossing);
    }
}
