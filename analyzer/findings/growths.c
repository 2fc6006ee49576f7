/* What a process's growth shows of what it holds. */
#include "growths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/pool.h"
#include "base/words.h"
#include "short_lives.h"
#include "slots.h"

#define HOUR 3600.0
#define PERCENT 100

/* ---- Judged ------------------------------------------------------------------------------------------------------ */

/* Of a process that runs the header has it; of one that has ended, the last change before its end says it. */
static uint64_t limit_of(const struct inquiry *inquiry)
{
    uint64_t limit = ledger__header(inquiry->ledger)->nofile_soft, last = 0;
    if (ledger__is_running(inquiry->ledger))
        return limit;
    for (uint32_t i = 1; i < ledger__count(inquiry->ledger, LW_LIMITS); i++) {
        const struct lw_limit *change = ledger__limit(inquiry->ledger, i);
        if (change == NULL || change->time < last || change->time > inquiry->life.end)
            continue;
        last = change->time;
        limit = change->soft;
    }
    return limit;
}

const struct growth *growths__of(struct inquiry *inquiry)
{
    if (inquiry->growth == NULL)
        inquiry->growth = growth__of(inquiry->ledger, inquiry->life.end, limit_of(inquiry));
    return inquiry->growth;
}

void growths__free(struct inquiry *inquiry)
{
    growth__free(inquiry->growth);
    inquiry->growth = NULL;
}

static bool is_running(const struct inquiry *inquiry)
{
    return strcmp(inquiry->life.how, "running") == 0;
}

enum growth_verdict growths__verdict(struct inquiry *inquiry, uint32_t site)
{
    const struct growth_judgement *judgement = growth__judgement(growths__of(inquiry), site);
    return judgement != NULL ? judgement->verdict : GROWTH_STEADY;
}

static bool is_short(const struct growth *growth, const struct growth_judgement *judgement)
{
    return judgement->verdict != GROWTH_LEAKING &&
           short_lives__shows_leak(growth, &growth->sites[judgement - growth->judgements]);
}

/* A process that runs has time ahead. */
bool growths__shows_leak(struct inquiry *inquiry, const struct lw_slot *slot)
{
    const struct growth *growth = growths__of(inquiry);
    const struct growth_judgement *judgement = growth__judgement(growth, slot->site);
    if (judgement == NULL)
        return false;
    return judgement->verdict == GROWTH_LEAKING || (!is_running(inquiry) && is_short(growth, judgement));
}

/* A stream or a directory stream that has no descriptor fills no table. */
static bool has_descriptor(const struct lw_slot *slot)
{
    enum lw_class class = lw_class(slot->kind);
    return class == LW_CLASS_FD || ((class == LW_CLASS_STREAM || class == LW_CLASS_DIR) && slot->number >= 0);
}

const struct finding_kind *growths__kind(struct inquiry *inquiry, const struct lw_slot *slot)
{
    bool is_thread = slot->kind == LW_THREAD;
    if (!is_running(inquiry) || !slot__is_held(slot) || (!is_thread && !has_descriptor(slot)))
        return NULL;
    enum growth_verdict verdict = growths__verdict(inquiry, slot->site);
    if (verdict == GROWTH_LEAKING)
        return kinds__get(is_thread ? KIND_THREAD_GROWTH : KIND_FD_GROWTH);
    return verdict == GROWTH_SUSPECT && !is_thread && !inquiry->leaks_on_signal ? kinds__get(KIND_FD_GROWTH_SUSPECT)
                                                                                : NULL;
}

/* ---- Told -------------------------------------------------------------------------------------------------------- */

static const char *in_pool(const struct inquiry *inquiry, char *text)
{
    const char *kept = pool__text(inquiry->pool, text);
    free(text);
    return kept;
}

/* Of what is in doubt: what would settle it. */
static const char *what_would_tell(const struct growth_judgement *judgement)
{
    if (judgement->verdict != GROWTH_SUSPECT)
        return NULL;
    switch (judgement->reason) {
    case GROWTH_OUTLIVES_FEW:
        return "what would tell: another look, when more have come";
    case GROWTH_OUTLIVES_STOPPED:
        return "what would tell: another look, after as long a time again";
    default:
        return "what would tell: whether it ends where earlier runs of the program did (leakwatch store), or goes on";
    }
}

struct table {
    const struct growth_forecast *forecast;
    const char *noun;
};

static struct table table_of(const struct growth *growth, uint32_t kind)
{
    switch (lw_class(kind)) {
    case LW_CLASS_FD:
    case LW_CLASS_STREAM:
    case LW_CLASS_DIR:
        return (struct table){&growth->forecast, "descriptors"};
    case LW_CLASS_THREAD:
        return (struct table){&growth->threads, "threads"};
    case LW_CLASS_CHILD:
        return (struct table){&growth->children, "children"};
    default:
        return (struct table){NULL, ""};
    }
}

/* When the table is full is asked of a process that runs alone. */
static void foretell(const struct inquiry *inquiry, const struct growth *growth, uint32_t kind,
                     struct growth_summary *summary)
{
    const struct table table = table_of(growth, kind);
    const struct growth_forecast *forecast = table.forecast;
    if (forecast == NULL || !is_running(inquiry) || summary->limit == 0)
        return;
    summary->is_foretold = forecast->is_given;
    summary->is_conditional = forecast->is_conditional;
    summary->why_not = forecast->is_given ? NULL : forecast->why_not;
    summary->earliest = forecast->earliest;
    summary->point = forecast->point;
    summary->latest = forecast->latest;
    summary->is_asked = true;
    if (forecast->is_given || summary->is_leaking)
        summary->forecast = in_pool(inquiry, growth__forecast_sentence(forecast, summary->limit, table.noun));
}

static struct growth_summary summary_of(const struct inquiry *inquiry, const struct growth *growth, size_t place)
{
    const struct growth_site *site = &growth->sites[place];
    const struct growth_judgement *judgement = &growth->judgements[place];
    struct growth_summary summary = {
        .verdict = growth__verdict_name(judgement->verdict),
        .is_leaking = judgement->verdict == GROWTH_LEAKING,
        .sentence = in_pool(inquiry, is_short(growth, judgement) ? short_lives__sentence(growth, site)
                                                                 : growth__sentence(growth, place)),
        .tells = is_running(inquiry) ? what_would_tell(judgement) : NULL,
        .held = site->held,
        .acquired = site->acquired,
        .limit = growth__limit(site->kind, growth->limit),
        .share_of_limit = judgement->of_limit,
        .per_hour = judgement->window > 0 ? (double)judgement->came / judgement->window * HOUR : 0,
    };
    foretell(inquiry, growth, site->kind, &summary);
    return summary;
}

/* The process that holds most speaks for all; a place is told once of each. */
void growths__tell(struct inquiry *inquiry, struct tally *tally, uint32_t site)
{
    const struct growth *growth = growths__of(inquiry);
    const struct growth_judgement *judgement = growth__judgement(growth, site);
    if (judgement == NULL || (judgement->verdict < GROWTH_SUSPECT && !is_short(growth, judgement)))
        return;
    size_t place = (size_t)(judgement - growth->judgements);
    if (tally->growth != NULL && tally->growth->held >= growth->sites[place].held)
        return;
    if (tally->growth == NULL)
        tally->growth = heap__zeroed(1, sizeof *tally->growth);
    *tally->growth = summary_of(inquiry, growth, place);
}

void growths__tell_besides(struct inquiry *inquiry, struct tally *tally, uint32_t site)
{
    if (is_running(inquiry) && growths__verdict(inquiry, site) == GROWTH_LEAKING)
        growths__tell(inquiry, tally, site);
}
