/* The table of descriptors was full: fd-exhausted, with the victim and who held the table. Or it was not, and a call said
 * EMFILE for another reason: limit-reached. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/pool.h"
#include "base/words.h"
#include "foresight.h"
#include "growths.h"
#include "inquiry.h"

#define NANOSECONDS 1e9

/* The limit is of numbers, not of how many are open: some had been opened above it, before it was lowered. */
static const char *later_text(struct inquiry *inquiry, const struct lw_exhaustion *exhaustion)
{
    char text[160];
    uint64_t open = exhaustion->open, limit = exhaustion->limit;
    bool is_full = exhaustion->error == EMFILE && open >= limit;
    if (open == 0)
        return NULL;
    if (!is_full)
        snprintf(text, sizeof text, "%" PRIu64 " descriptors were open, the soft limit was %" PRIu64, open, limit);
    else if (limit == 0)
        snprintf(text, sizeof text, "there is no number below the soft limit of 0");
    else
        snprintf(text, sizeof text, "all %" PRIu64 " numbers below the soft limit of %" PRIu64 " were taken", limit,
                 limit);
    size_t length = strlen(text);
    if (is_full && open > limit)
        snprintf(text + length, sizeof text - length, " (%" PRIu64 " %sopen above it)", open - limit,
                 limit == 0 ? "" : "more ");
    return pool__text(inquiry->pool, text);
}

/* The first process that has this tally tells who held its table; another one's table is another story. */
static void keep_holders(struct inquiry *inquiry, const struct lw_exhaustion *exhaustion, struct tally *tally)
{
    for (size_t i = 0; i < tally->item_count; i++)
        if (tally->items[i].as == FACT_HOLDERS)
            return;
    for (uint32_t i = 0; i < exhaustion->rows && i < LW_EXHAUSTION_ROWS; i++) {
        const struct lw_site *site = ledger__site(inquiry->ledger, exhaustion->row[i].site);
        if (site == NULL || exhaustion->row[i].held == 0)
            continue;
        const struct tally_item holder = {.as = FACT_HOLDERS,
                                          .call = inquiry__name(inquiry, site->call),
                                          .stack = stacks__number(inquiry->stacks, site->stack),
                                          .resource = site->kind,
                                          .count = exhaustion->row[i].held};
        tally__add_item(tally, &holder);
    }
}

/* All calls that failed so, from the first on. */
static void add_victims(struct inquiry *inquiry, struct tally *tally)
{
    for (uint32_t i = 1; i < ledger__count(inquiry->ledger, LW_FAILURES); i++) {
        const struct lw_failure *failure = ledger__failure(inquiry->ledger, i);
        if (failure == NULL || failure->role != LW_FAILED_ACQUIRE ||
            (failure->error != EMFILE && failure->error != ENFILE))
            continue;
        const struct tally_item victim = {.as = FACT_VICTIMS,
                                          .call = inquiry__name(inquiry, failure->call),
                                          .stack = stacks__number(inquiry->stacks, failure->stack),
                                          .count = failure->count ? failure->count : 1};
        tally__add_item(tally, &victim);
    }
}

/* Which limit that is, where the call tells. */
static const struct other_limit {
    const char *call, *text;
} other_limits[] = {
    {"mq_open", "of message queues: RLIMIT_MSGQUEUE, or fs.mqueue.queues_max"},
    {"__mq_open_2", "of message queues: RLIMIT_MSGQUEUE, or fs.mqueue.queues_max"},
    {"inotify_init", "of the user's inotify instances: fs.inotify.max_user_instances"},
    {"inotify_init1", "of the user's inotify instances: fs.inotify.max_user_instances"},
    {"fanotify_init", "of the user's fanotify groups: fs.fanotify.max_user_groups"},
};

static const char *limit_text(const char *call)
{
    for (size_t i = 0; i < sizeof other_limits / sizeof other_limits[0]; i++)
        if (call != NULL && strcmp(other_limits[i].call, call) == 0)
            return other_limits[i].text;
    return "of what, the call does not tell; the table of descriptors had room";
}

static void add_other_limit(struct inquiry *inquiry, const struct lw_failure *failure)
{
    struct tally_key key = {
        .kind = kinds__get(KIND_LIMIT_REACHED),
        .call = inquiry__name(inquiry, failure->call),
        .stack = stacks__number(inquiry->stacks, failure->stack),
        .error = failure->error,
        .level = kinds__get(KIND_LIMIT_REACHED)->level,
    };
    key.later = limit_text(key.call);
    if (key.stack == 0)
        key.elsewhere = inquiry->program;
    struct sighting sighting = {.process = inquiry->process,
                                .count = failure->count ? failure->count : 1,
                                .age = inquiry__age(inquiry, failure->first_time)};
    inquiry__add(inquiry, &key, LW_KIND_NONE, &sighting);
}

static void look_at_other_limits(struct inquiry *inquiry)
{
    for (uint32_t i = 1; i < ledger__count(inquiry->ledger, LW_FAILURES); i++) {
        const struct lw_failure *failure = ledger__failure(inquiry->ledger, i);
        if (failure != NULL && failure->role == LW_FAILED_LIMIT)
            add_other_limit(inquiry, failure);
    }
}

/* "3 h 10 min before, at 212 held" of a leak that a look would have told: it differs from run to run. */
static struct tally_fact foreseen(struct inquiry *inquiry, const struct lw_exhaustion *exhaustion)
{
    struct foresight foresight;
    char before[WORDS], held[WORDS], text[2 * WORDS + 32];
    if (inquiry->steady || exhaustion->error != EMFILE ||
        !foresight__of(growths__of(inquiry), exhaustion->time, exhaustion->limit, &foresight))
        return tally_fact__text(FACT_FORESEEN, NULL, NULL);
    words__duration(before, (double)(exhaustion->time - foresight.time) / NANOSECONDS);
    snprintf(text, sizeof text, "%s before, at %s held", before, words__number(held, foresight.held));
    const struct lw_site *site = ledger__site(inquiry->ledger, foresight.site);
    struct tally_fact fact = tally_fact__text(FACT_FORESEEN, pool__text(inquiry->pool, text), NULL);
    fact.stack = site != NULL ? stacks__number(inquiry->stacks, site->stack) : 0;
    return fact;
}

void exhaustion__look(struct inquiry *inquiry)
{
    const struct lw_exhaustion *exhaustion = ledger__exhaustion(inquiry->ledger);
    look_at_other_limits(inquiry);
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
        .facts = {{foreseen(inquiry, exhaustion)}},
    };
    if (key.stack == 0)
        key.elsewhere = inquiry->program;
    struct sighting sighting = {.process = inquiry->process,
                                .count = exhaustion->times ? exhaustion->times : 1,
                                .age = inquiry__age(inquiry, exhaustion->time)};
    struct tally *tally = inquiry__add(inquiry, &key, LW_KIND_NONE, &sighting);
    keep_holders(inquiry, exhaustion, tally);
    add_victims(inquiry, tally);
}
