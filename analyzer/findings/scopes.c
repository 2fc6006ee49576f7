/* What scopes left when they ended: scope-leak; and what was wrong with their ends and their order: unbalanced-scope,
 * release-order.
 *
 * DESIGN. The ledger has a row for what each scope left of each site. Rows that were left together are one story: three
 * acquired, the fourth failed, nothing given back. They are joined where at least half of the ends that left the one left
 * the other too; the first to be acquired speaks. One resource is one finding: what a named scope left is not told of as
 * held at the process's end (see leaks.c); what a thread left is told only where it was released later, as a note. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../heap.h"
#include "../pool.h"
#include "inquiry.h"
#include "scope_paths.h"
#include "telling.h"

struct look {
    struct inquiry *inquiry;
    uint32_t *speakers; /* by row: the row that speaks for it; itself at first */
    uint32_t count;
};

static bool is_thread(const struct inquiry *inquiry, uint32_t scope)
{
    const struct lw_scope *path = ledger__scope(inquiry->ledger, scope);
    return path != NULL && path->kind == LW_SCOPE_THREAD;
}

/* ---- Paths ------------------------------------------------------------------------------------------------------- */

static void add_paths(struct inquiry *inquiry)
{
    double rate = ledger__clock_rate(inquiry->ledger);
    for (uint32_t i = 1; i < ledger__count(inquiry->ledger, LW_SCOPES); i++) {
        const struct lw_scope *scope = ledger__scope(inquiry->ledger, i);
        struct lw_scope_count count = ledger__scope_count(inquiry->ledger, i);
        const char *path = scope && count.entered > 0 ? inquiry__scope(inquiry, i) : NULL;
        if (path != NULL)
            scope_paths__add(inquiry->paths, path, scope->kind, inquiry->process, &count, rate);
    }
}

/* ---- Stories ----------------------------------------------------------------------------------------------------- */

static uint32_t row_of(const struct look *look, uint32_t scope, uint32_t site)
{
    for (uint32_t i = 1; i < look->count; i++) {
        const struct lw_leftover *row = ledger__leftover(look->inquiry->ledger, i);
        if (row != NULL && row->scope == scope && row->site == site)
            return i;
    }
    return 0;
}

static uint32_t speaker_of(const struct look *look, uint32_t row)
{
    while (look->speakers[row] != row)
        row = look->speakers[row];
    return row;
}

static bool belongs(const struct look *look, uint32_t row, const struct lw_departure *departure)
{
    const struct lw_leftover *leftover = ledger__leftover(look->inquiry->ledger, row);
    return leftover != NULL && 2 * departure->count >= leftover->entries;
}

/* The rows of a departure's sites; 0 where one of them is left more often otherwise. */
static size_t rows_together(const struct look *look, const struct lw_departure *departure, uint32_t *rows)
{
    size_t count = departure->sites < LW_DEPARTURE_SITES ? departure->sites : LW_DEPARTURE_SITES;
    for (size_t i = 0; i < count; i++) {
        rows[i] = row_of(look, departure->scope, departure->site[i]);
        if (rows[i] == 0 || !belongs(look, rows[i], departure))
            return 0;
    }
    return count;
}

static void join_stories(struct look *look)
{
    const struct ledger *ledger = look->inquiry->ledger;
    for (uint32_t i = 1; i < ledger__count(ledger, LW_DEPARTURES); i++) {
        const struct lw_departure *departure = ledger__departure(ledger, i);
        uint32_t rows[LW_DEPARTURE_SITES];
        size_t count = departure && departure->sites > 1 ? rows_together(look, departure, rows) : 0;
        for (size_t k = 1; k < count; k++)
            look->speakers[speaker_of(look, rows[k])] = speaker_of(look, rows[0]);
    }
}

/* ---- Rows -------------------------------------------------------------------------------------------------------- */

static const char *reason_of(const struct inquiry *inquiry, const struct lw_leftover *row)
{
    char reason[LW_REASON + 1];
    memcpy(reason, row->reason, LW_REASON);
    reason[LW_REASON] = '\0';
    return reason[0] != '\0' ? pool__text(inquiry->pool, reason) : NULL;
}

static struct telling_part part_of(const struct inquiry *inquiry, const struct lw_leftover *row)
{
    const struct lw_site *site = ledger__site(inquiry->ledger, row->site);
    return (struct telling_part){
        .stack = site ? stacks__number(inquiry->stacks, site->stack) : 0,
        .call = site ? inquiry__name(inquiry, site->call) : NULL,
        .kind = site ? site->kind : LW_KIND_NONE,
        .count = row->count,
    };
}

/* What was to be acquired last: its failure is why the scope ended early. */
static void add_attempt(const struct inquiry *inquiry, struct telling *telling, const struct lw_leftover *row)
{
    const struct ledger *ledger = inquiry->ledger;
    for (uint32_t i = 1; i < ledger__count(ledger, LW_DEPARTURES) && telling->attempt.call == NULL; i++) {
        const struct lw_departure *departure = ledger__departure(ledger, i);
        if (departure == NULL || departure->scope != row->scope || departure->failure_call == 0)
            continue;
        for (uint32_t k = 0; k < departure->sites && k < LW_DEPARTURE_SITES; k++) {
            if (departure->site[k] != row->site)
                continue;
            telling->attempt.call = inquiry__name(inquiry, departure->failure_call);
            telling->attempt.stack = stacks__number(inquiry->stacks, departure->failure_stack);
            telling->attempt_error = departure->failure_error;
        }
    }
}

static struct tally *tally_for(struct inquiry *inquiry, const struct lw_leftover *row)
{
    const struct lw_site *site = ledger__site(inquiry->ledger, row->site);
    const struct finding_kind *kind = kinds__get(KIND_SCOPE_LEAK);
    struct tally_key key = {
        .kind = kind,
        .call = site ? inquiry__name(inquiry, site->call) : NULL,
        .scope = inquiry__scope(inquiry, row->scope),
        .stack = site ? stacks__number(inquiry->stacks, site->stack) : 0,
        .level = is_thread(inquiry, row->scope) ? LEVEL_NOTE : kind->level,
    };
    if (key.stack == 0)
        key.elsewhere = pool__text(inquiry->pool, site ? resource__type(site->kind) : "resource");
    struct sighting none = {.process = inquiry->process, .age = -1};
    return inquiry__add(inquiry, &key, site ? site->kind : LW_KIND_NONE, &none);
}

static void add_row(struct look *look, uint32_t number)
{
    struct inquiry *inquiry = look->inquiry;
    const struct lw_leftover *row = ledger__leftover(inquiry->ledger, number);
    uint32_t speaker = speaker_of(look, number);
    const struct lw_leftover *speaking = ledger__leftover(inquiry->ledger, speaker);
    bool thread = is_thread(inquiry, row->scope);
    uint64_t count = thread ? row->later : row->count;
    if (count == 0)
        return;
    struct tally *tally = tally_for(inquiry, speaking);
    const struct sighting sighting = {.process = inquiry->process, .count = count, .age = -1};
    tally__add(tally, &sighting);
    if (tally->telling == NULL)
        tally->telling = telling__new();
    telling__add(tally->telling, row, stacks__number(inquiry->stacks, row->later_stack),
                 inquiry__name(inquiry, row->later_call), reason_of(inquiry, row), number == speaker);
    if (number != speaker) {
        struct telling_part part = part_of(inquiry, row);
        telling__add_part(tally->telling, &part);
    }
    add_attempt(inquiry, tally->telling, row);
    inquiry->leftovers[number] = thread ? NULL : tally;
}

static void add_leftovers(struct inquiry *inquiry)
{
    struct look look = {.inquiry = inquiry, .count = ledger__count(inquiry->ledger, LW_LEFTOVERS)};
    look.speakers = heap__zeroed(look.count, sizeof(*look.speakers));
    for (uint32_t i = 0; i < look.count; i++)
        look.speakers[i] = i;
    join_stories(&look);
    for (uint32_t i = 1; i < look.count; i++)
        if (ledger__leftover(inquiry->ledger, i) != NULL)
            add_row(&look, i);
    free(look.speakers);
}

/* ---- Ends that were not as they should be ------------------------------------------------------------------------ */

static const struct {
    enum lw_imbalance_reason reason;
    enum level level;
    const char *text;
} reasons[] = {
    {LW_ENDED_TWICE, LEVEL_WARNING, "was ended again, though it had ended"},
    {LW_NEVER_BEGUN, LEVEL_WARNING, "the innermost scope was ended, but none was open"},
    {LW_ENDED_ELSEWHERE, LEVEL_WARNING,
     "was ended by a thread to which it did not belong (detach and attach carry it)"},
    {LW_SKIPPED, LEVEL_WARNING, "was still open when the scope around it ended"},
    {LW_JUMPED, LEVEL_WARNING, "was left by longjmp"},
    {LW_THREAD_ENDED, LEVEL_WARNING, "was still open when its thread ended"},
    {LW_EXITED, LEVEL_WARNING, "was still open when exit was called inside it"},
    {LW_DETACHED_FOR_EVER, LEVEL_WARNING, "was detached, and neither attached again nor ended"},
    {LW_STILL_INSIDE, LEVEL_NOTE, "was still open in another thread when the process ended"},
    {LW_ATTACHED_TWICE, LEVEL_WARNING, "was attached while it belonged to another thread"},
};

static void add_imbalance(struct inquiry *inquiry, const struct lw_imbalance *row)
{
    struct tally_key key = {.kind = kinds__get(KIND_UNBALANCED_SCOPE), .level = LEVEL_WARNING};
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].reason != (enum lw_imbalance_reason)row->reason)
            continue;
        key.later = pool__text(inquiry->pool, reasons[i].text);
        key.level = reasons[i].level;
    }
    key.scope = inquiry__scope(inquiry, row->scope);
    key.stack = stacks__number(inquiry->stacks, row->begun ? row->begun : row->stack);
    key.released = row->begun ? stacks__number(inquiry->stacks, row->stack) : 0;
    if (key.stack == 0)
        key.elsewhere = inquiry->program;
    const struct sighting sighting = {.process = inquiry->process, .count = row->count, .age = -1};
    inquiry__add(inquiry, &key, LW_KIND_NONE, &sighting);
}

static void add_disorder(struct inquiry *inquiry, const struct lw_disorder *row)
{
    const struct lw_site *site = ledger__site(inquiry->ledger, row->site);
    const struct lw_site *younger = ledger__site(inquiry->ledger, row->younger);
    if (site == NULL)
        return;
    char *text = heap__printed("given back by %s before %s %s, which was acquired later",
                               ledger__name(inquiry->ledger, row->call), younger ? "the" : "something",
                               younger ? resource__noun(younger->kind, 1) : "");
    struct tally_key key = {
        .kind = kinds__get(KIND_RELEASE_ORDER),
        .level = LEVEL_NOTE,
        .call = inquiry__name(inquiry, site->call),
        .scope = inquiry__scope(inquiry, site->scope),
        .later = pool__text(inquiry->pool, text),
        .stack = stacks__number(inquiry->stacks, site->stack),
        .released = stacks__number(inquiry->stacks, row->stack),
    };
    free(text);
    const struct sighting sighting = {.process = inquiry->process, .count = row->count, .age = -1};
    inquiry__add(inquiry, &key, site->kind, &sighting);
}

/* ---- The whole --------------------------------------------------------------------------------------------------- */

void scopes__look(struct inquiry *inquiry)
{
    const struct ledger *ledger = inquiry->ledger;
    add_paths(inquiry);
    add_leftovers(inquiry);
    for (uint32_t i = 1; i < ledger__count(ledger, LW_IMBALANCES); i++)
        if (ledger__imbalance(ledger, i) != NULL)
            add_imbalance(inquiry, ledger__imbalance(ledger, i));
    for (uint32_t i = 1; i < ledger__count(ledger, LW_DISORDERS); i++)
        if (ledger__disorder(ledger, i) != NULL)
            add_disorder(inquiry, ledger__disorder(ledger, i));
}
