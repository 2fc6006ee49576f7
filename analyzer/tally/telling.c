/* What the ledgers tell of a scope-leak. */
#include "telling.h"

#include <stdlib.h>

#include "base/heap.h"
#include "scope_paths.h"
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

static struct part part_of(const struct telling_part *part, struct stacks *stacks)
{
    return (struct part){
        .stack = stacks__get(stacks, part->stack), .call = part->call, .kind = part->kind, .count = part->count};
}

static bool reads_alike(const struct part *part, const char *call, uint32_t kind, const struct stack *stack)
{
    return part->call == call && part->kind == kind && stack__is_same_place(part->stack, stack);
}

/* Stacks may differ where a reader sees one line. */
static void add_part(struct scope_story *story, struct part part, const struct finding *finding)
{
    if (reads_alike(&part, finding->call, finding->resource.kind, finding->acquired))
        return;
    for (size_t i = 0; i < story->part_count; i++) {
        struct part *known = &story->parts[i];
        if (reads_alike(&part, known->call, known->kind, known->stack)) {
            known->count += part.count;
            return;
        }
    }
    story->parts[story->part_count++] = part;
}

struct scope_story *telling__story(const struct telling *telling, struct stacks *stacks,
                                   const struct scope_paths *paths, const struct finding *finding)
{
    struct scope_story *story = heap__zeroed(1, sizeof(*story));
    const struct scope_summary *scope = finding->scope ? scope_paths__find(paths, finding->scope) : NULL;
    uint64_t left = at_most(telling->left, scope ? scope->left : UINT64_MAX);
    *story = (struct scope_story){
        .is_thread = scope != NULL && scope->is_thread,
        .entered = scope ? scope->entered : 0,
        .ended = scope ? scope->ended : 0,
        .failed = scope ? scope->failed : 0,
        .left = left,
        .left_failed = at_most(at_most(telling->left_failed, left), scope ? scope->failed : UINT64_MAX),
        .reason = telling->reason,
        .most = telling->most,
        .later = telling->later,
        .later_median = median_delay(telling),
        .later_longest = (double)telling->longest / NANOSECONDS,
        .later_call = telling->later_call,
        .more_parts = telling->more_parts,
        .attempt = part_of(&telling->attempt, stacks),
        .attempt_error = telling->attempt_error,
    };
    for (size_t i = 0; i < telling->part_count; i++)
        add_part(story, part_of(&telling->parts[i], stacks), finding);
    story->only_when_failed = story->left > 0 && story->left_failed == story->left && story->ended > story->failed;
    return story;
}
