/* Exceptions that a context manager of an interpreted program swallowed: swallowed-exception. The binding tells them only
 * where the program asks for it (leakwatch.watch_exits). */
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/pool.h"
#include "inquiry.h"

enum { DETAIL = sizeof(((struct lw_failure *)0)->detail) + 1 };

/* By enum lw_telling. */
static const char *const tellings[] = {
    [LW_UNTOLD] = "nothing was logged between its raise and the end of the block: nobody was told",
    [LW_LOGGED] = "something was logged before it was swallowed",
    [LW_BY_LIBRARY] = "nothing was logged; it is the way of a library, which may well be what it is for",
};

static const char *telling_of(const struct lw_failure *failure)
{
    bool is_known = failure->status >= 0 && (size_t)failure->status < sizeof tellings / sizeof tellings[0];
    return tellings[is_known ? failure->status : LW_LOGGED];
}

/* "OSError" of "OSError: No space left on device". */
static const char *type_of(const struct inquiry *inquiry, const char detail[DETAIL])
{
    char type[DETAIL];
    size_t length = strcspn(detail, ":");
    memcpy(type, detail, length);
    type[length] = '\0';
    return length > 0 ? pool__text(inquiry->pool, type) : NULL;
}

/* What tells one from another besides where it was: the exception, who swallowed it, and whether anybody was told. */
static const char *variety_of(const struct inquiry *inquiry, const struct lw_failure *failure, const char *type)
{
    const char *by = inquiry__name(inquiry, failure->call);
    char *text = heap__printed("%s by %s, %d", type ? type : "", by ? by : "", failure->role == LW_SWALLOWED);
    const char *kept = pool__text(inquiry->pool, text);
    free(text);
    return kept;
}

static void add(struct inquiry *inquiry, const struct lw_failure *failure)
{
    const struct finding_kind *kind = kinds__get(KIND_SWALLOWED_EXCEPTION);
    char detail[DETAIL];
    memcpy(detail, failure->detail, sizeof failure->detail);
    detail[sizeof failure->detail] = '\0';
    const char *type = type_of(inquiry, detail);
    struct tally_key key = {
        .kind = kind,
        .call = inquiry__name(inquiry, failure->call),
        .stack = stacks__number(inquiry->stacks, failure->stack),
        .variety = variety_of(inquiry, failure, type),
        .error = failure->error > 0 ? failure->error : 0, /* else its type, which the detail tells */
        .level = failure->role == LW_SWALLOWED ? kind->level : LEVEL_NOTE,
        .facts = {{tally_fact__text(FACT_SAID, type, NULL), {.id = FACT_TELLING, .text = telling_of(failure)}}},
    };
    if (key.stack == 0)
        key.elsewhere = inquiry->program;
    const struct sighting sighting = {.process = inquiry->process,
                                      .count = failure->count,
                                      .detail = detail,
                                      .thread = failure->thread,
                                      .age = inquiry__age(inquiry, failure->last_time)};
    inquiry__add(inquiry, &key, LW_KIND_NONE, &sighting);
}

void swallowed_exceptions__look(struct inquiry *inquiry)
{
    for (uint32_t i = 1; i < ledger__count(inquiry->ledger, LW_FAILURES); i++) {
        const struct lw_failure *failure = ledger__failure(inquiry->ledger, i);
        bool is_one = failure != NULL && (failure->role == LW_SWALLOWED || failure->role == LW_SWALLOWED_TOLD);
        if (is_one && failure->count > 0)
            add(inquiry, failure);
    }
}
