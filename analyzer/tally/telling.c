/* What the ledgers tell of a scope-leak. */
#include "telling.h"

#include <stdlib.h>

#include "base/heap.h"
#include "symbol/stacks.h"

#define NANOSECONDS 1e9

struct telling *telling__new(void)
{
    return heap__zeroed(1, sizeof(struct telling));
}

void telling__free(struct telling *telling)
{
    free(telling);
}

/* The last one is told. Times are coarse: of two that look alike, the row that was made later. */
static void note_reason(struct telling *telling, const char *reason, uint64_t time)
{
    if (reason == NULL || time < telling->reason_time)
        return;
    telling->reason = reason;
    telling->reason_time = time;
}

void telling__add(struct telling *telling, const struct lw_leftover *row, uint32_t later_stack, const char *later_call,
                  const char *reason)
{
    telling->later += row->later;
    if (row->longest > telling->longest)
        telling->longest = row->longest;
    for (unsigned i = 0; i < LW_LIFETIMES; i++)
        telling->delays[i] += row->delays[i];
    if (later_stack != 0 && telling->later_stack == 0) {
        telling->later_stack = later_stack;
        telling->later_call = later_call;
    }
    note_reason(telling, reason, row->last_time);
}

void telling__add_part(struct telling *telling, const struct telling_part *part)
{
    for (size_t i = 0; i < telling->part_count; i++) {
        if (telling->parts[i].stack == part->stack && telling->parts[i].call == part->call) {
            telling->parts[i].count += part->count;
            return;
        }
    }
    if (telling->part_count < PARTS)
        telling->parts[telling->part_count++] = *part;
    else
        telling->more_parts++;
}

/* The one that failed most often is told of. */
static void add_attempt(struct telling *telling, const struct telling *other)
{
    struct telling_part *attempt = &telling->attempt;
    if (attempt->call == other->attempt.call && attempt->stack == other->attempt.stack &&
        telling->attempt_error == other->attempt_error) {
        attempt->count += other->attempt.count;
    } else if (other->attempt.count > attempt->count) {
        *attempt = other->attempt;
        telling->attempt_error = other->attempt_error;
    }
}

static uint64_t at_most(uint64_t number, uint64_t most)
{
    return number < most ? number : most;
}

void telling__merge(struct telling *telling, const struct telling *other)
{
    telling->count += other->count;
    telling->own += other->own;
    telling->own_later += other->own_later;
    telling->left += other->left;
    telling->left_failed += other->left_failed;
    telling->later += other->later;
    telling->most = other->most > telling->most ? other->most : telling->most;
    telling->longest = other->longest > telling->longest ? other->longest : telling->longest;
    for (unsigned i = 0; i < LW_LIFETIMES; i++)
        telling->delays[i] += other->delays[i];
    for (size_t i = 0; i < other->part_count; i++)
        telling__add_part(telling, &other->parts[i]);
    telling->more_parts += other->more_parts;
    if (telling->later_stack == 0) {
        telling->later_stack = other->later_stack;
        telling->later_call = other->later_call;
    }
    note_reason(telling, other->reason, other->reason_time);
    add_attempt(telling, other);
}

/* Of classes one knows the bounds: the middle one's upper bound, and never more than the longest. */
static double median_delay(const struct telling *telling)
{
    uint64_t seen = 0;
    for (unsigned i = 0; i < LW_LIFETIMES; i++) {
        seen += telling->delays[i];
        double bound = (double)(1ULL << (LW_LIFETIME_SHIFT + i)), longest = (double)telling->longest;
        if (2 * seen >= telling->later && seen > 0)
            return (bound < longest ? bound : longest) / NANOSECONDS;
    }
    return 0;
}

static bool reads_alike(const struct item *item, const char *call, uint32_t resource, const struct stack *stack)
{
    return item->call == call && item->resource == resource && stack__is_same_place(item->stack, stack);
}

/* Stacks may differ where a reader sees one line. */
static void add_part(struct fact *parts, const struct item *part, const struct finding *finding)
{
    if (reads_alike(part, finding->call, finding->resource.kind, finding->acquired))
        return;
    for (size_t i = 0; i < parts->item_count; i++) {
        struct item *known = &parts->items[i];
        if (reads_alike(part, known->call, known->resource, known->stack)) {
            known->count += part->count;
            return;
        }
    }
    parts->items[parts->item_count++] = *part;
}

static void tell_parts(const struct telling *telling, struct stacks *stacks, struct finding *finding)
{
    struct fact parts = {.id = FACT_PARTS, .items = heap__zeroed(telling->part_count, sizeof(struct item))};
    for (size_t i = 0; i < telling->part_count; i++) {
        const struct telling_part *from = &telling->parts[i];
        const struct item part = {.stack = stacks__get(stacks, from->stack),
                                  .call = from->call,
                                  .resource = from->kind,
                                  .count = from->count};
        add_part(&parts, &part, finding);
    }
    if (parts.item_count > 0)
        finding__add_fact(finding, &parts);
    else
        free(parts.items);
}

static void add_count(struct finding *finding, enum fact_id id, uint64_t count)
{
    finding__add_fact(finding, &(struct fact){.id = id, .count = count});
}

/* Those that did not fail are told of where none of them left it. */
static void tell_entries(const struct telling *telling, struct finding *finding)
{
    const struct scope_summary *scope = &finding->entries;
    bool is_known = scope->processes > 0;
    uint64_t left = at_most(telling->left, is_known ? scope->left : UINT64_MAX);
    uint64_t failed = at_most(at_most(telling->left_failed, left), is_known ? scope->failed : UINT64_MAX);
    if (scope->is_thread)
        finding__add_fact(finding, &(struct fact){.id = FACT_THREAD});
    add_count(finding, FACT_ENTERED, scope->entered);
    add_count(finding, FACT_ENDED, scope->ended);
    add_count(finding, FACT_FAILED, scope->failed);
    add_count(finding, FACT_LEFT, left);
    add_count(finding, FACT_MOST, telling->most);
    if (failed > 0)
        add_count(finding, FACT_LEFT_FAILED, failed);
    if (failed > 0 && failed == left && scope->ended > scope->failed)
        add_count(finding, FACT_OTHERS, scope->ended - scope->failed);
    if (telling->reason != NULL)
        finding__add_fact(finding, &(struct fact){.id = FACT_REASON, .text = telling->reason});
}

static void tell_late(const struct telling *telling, struct stacks *stacks, struct finding *finding)
{
    const struct fact late = {.id = FACT_LATE,
                              .count = telling->later,
                              .seconds = (double)telling->longest / NANOSECONDS,
                              .call = telling->later_call,
                              .stack = stacks__get(stacks, telling->later_stack)};
    if (telling->later == 0)
        return;
    finding__add_fact(finding, &late);
    finding__add_fact(finding, &(struct fact){.id = FACT_LATE_MEDIAN, .seconds = median_delay(telling)});
}

void telling__tell(const struct telling *telling, struct stacks *stacks, struct finding *finding)
{
    const struct fact attempt = {.id = FACT_ATTEMPT,
                                 .stack = stacks__get(stacks, telling->attempt.stack),
                                 .call = telling->attempt.call,
                                 .count = telling->attempt.count,
                                 .error = telling->attempt_error};
    tell_entries(telling, finding);
    tell_late(telling, stacks, finding);
    tell_parts(telling, stacks, finding);
    if (telling->more_parts > 0)
        add_count(finding, FACT_MORE_PARTS, telling->more_parts);
    if (attempt.call != NULL)
        finding__add_fact(finding, &attempt);
}
