/* What the ledgers tell of a scope-leak. */
#include "telling.h"

#include <stdlib.h>

#include "../heap.h"
#include "../stacks.h"
#include "scope_paths.h"

#define NANOSECONDS 1e9

struct telling *telling__new(void)
{
    return heap__zeroed(1, sizeof(struct telling));
}

void telling__free(struct telling *telling)
{
    free(telling);
}

void telling__add(struct telling *telling, const struct lw_leftover *row, uint32_t later_stack, const char *later_call,
                  const char *reason, bool is_first)
{
    if (is_first) {
        telling->left += row->entries;
        telling->left_failed += row->failed;
    }
    telling->most += row->most;
    telling->later += row->later;
    if (row->longest > telling->longest)
        telling->longest = row->longest;
    for (unsigned i = 0; i < LW_LIFETIMES; i++)
        telling->delays[i] += row->delays[i];
    if (later_stack != 0 && telling->later_stack == 0) {
        telling->later_stack = later_stack;
        telling->later_call = later_call;
    }
    if (telling->reason == NULL)
        telling->reason = reason;
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
}

void telling__merge(struct telling *telling, const struct telling *other)
{
    telling->left += other->left;
    telling->left_failed += other->left_failed;
    telling->later += other->later;
    telling->most = other->most > telling->most ? other->most : telling->most;
    telling->longest = other->longest > telling->longest ? other->longest : telling->longest;
    for (unsigned i = 0; i < LW_LIFETIMES; i++)
        telling->delays[i] += other->delays[i];
    for (size_t i = 0; i < other->part_count; i++)
        telling__add_part(telling, &other->parts[i]);
    if (telling->later_stack == 0) {
        telling->later_stack = other->later_stack;
        telling->later_call = other->later_call;
    }
    if (telling->reason == NULL)
        telling->reason = other->reason;
    if (telling->attempt.call == NULL) {
        telling->attempt = other->attempt;
        telling->attempt_error = other->attempt_error;
    }
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

struct scope_story *telling__story(const struct telling *telling, struct stacks *stacks,
                                   const struct scope_paths *paths, const char *path)
{
    struct scope_story *story = heap__zeroed(1, sizeof(*story));
    const struct scope_summary *scope = scope_paths__find(paths, path);
    *story = (struct scope_story){
        .ended = scope ? scope->ended : telling->left,
        .failed = scope ? scope->failed : telling->left_failed,
        .left = telling->left,
        .left_failed = telling->left_failed,
        .reason = telling->reason,
        .most = telling->most,
        .later = telling->later,
        .later_median = median_delay(telling),
        .later_longest = (double)telling->longest / NANOSECONDS,
        .later_stack = stacks__get(stacks, telling->later_stack),
        .later_call = telling->later_call,
        .part_count = telling->part_count,
        .attempt = part_of(&telling->attempt, stacks),
        .attempt_error = telling->attempt_error,
    };
    for (size_t i = 0; i < telling->part_count; i++)
        story->parts[i] = part_of(&telling->parts[i], stacks);
    story->only_when_failed = story->left > 0 && story->left_failed == story->left && story->ended > story->failed;
    return story;
}
