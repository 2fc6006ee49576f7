/* Tallies to findings: those with the same fingerprint are one. */
#include "grouping.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "group.h"
#include "model/fingerprint.h"
#include "model/kinds.h"
#include "rule/suppressions.h"
#include "scope_paths.h"
#include "symbol/stacks.h"

struct grouping {
    const struct grouping_options *options;
    struct stacks *stacks;
    const struct siblings *siblings;
    struct scope_paths *paths;
    struct pool *pool;
    struct group *groups; /* by key */
    struct group *first, **end;
    size_t count;
    struct finding *findings;
};

struct grouping *grouping__new(const struct grouping_options *options, struct stacks *stacks,
                               const struct siblings *siblings, struct scope_paths *paths, struct pool *pool)
{
    struct grouping *grouping = heap__zeroed(1, sizeof(*grouping));
    *grouping =
        (struct grouping){.options = options, .stacks = stacks, .siblings = siblings, .paths = paths, .pool = pool};
    grouping->end = &grouping->first;
    return grouping;
}

void grouping__free(struct grouping *grouping)
{
    if (grouping == NULL)
        return;
    HASH_CLEAR(hh, grouping->groups);
    for (struct group *group = grouping->first, *next; group != NULL; group = next) {
        next = group->next;
        free(group->tallies);
        free(group);
    }
    for (size_t i = 0; grouping->findings != NULL && i < grouping->count; i++)
        finding__clear(&grouping->findings[i]);
    free(grouping->findings);
    free(grouping);
}

/* Does a list of names, separated by commas, hold the name? */
static bool is_listed(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = list; (at = strstr(at, name)) != NULL; at += length)
        if ((at == list || at[-1] == ',') && (at[length] == ',' || at[length] == '\0'))
            return true;
    return false;
}

static bool is_asked_for(const struct grouping *grouping, const struct tally_key *key)
{
    const struct grouping_options *options = grouping->options;
    if (options->kinds != NULL && !is_listed(options->kinds, key->kind->name))
        return false;
    return scope__is_asked_for(options->scope, key->scope);
}

static struct group *get_group(struct grouping *grouping, const struct group_key *key)
{
    struct group *group;
    HASH_FIND(hh, grouping->groups, key, sizeof(*key), group);
    if (group != NULL)
        return group;
    group = heap__zeroed(1, sizeof(*group));
    group->key = *key;
    HASH_ADD(hh, grouping->groups, key, sizeof(group->key), group);
    *grouping->end = group;
    grouping->end = &group->next;
    grouping->count++;
    return group;
}

/* The stack that tells it from others: of a scope that did not end well, the call that showed it. */
static uint32_t known_by(const struct tally_key *key)
{
    return key->kind->about & ABOUT_END && key->released != 0 ? key->released : tally_key__place(key);
}

static const struct suppression *rule_of_scope(struct suppressions *suppressions, const struct tally_key *key)
{
    return suppressions && key->scope ? suppressions__find_scope(suppressions, key->kind, key->scope) : NULL;
}

/* What is known by its release may also be suppressed by who had acquired it. */
static const struct suppression *rule_of_acquisition(struct grouping *grouping, const struct tally_key *key)
{
    struct suppressions *suppressions = grouping->options->suppressions;
    const struct stack *stack = stacks__get(grouping->stacks, key->stack);
    return suppressions ? suppressions__find_acquisition(suppressions, key->kind, stack) : NULL;
}

void grouping__add(struct grouping *grouping, const struct tally *tally)
{
    const struct tally_key *key = &tally->key;
    struct suppressions *suppressions = grouping->options->suppressions;
    const struct stack *stack = stacks__get(grouping->stacks, known_by(key));
    struct group_key group_key = {.rule = key->rule};
    char fingerprint[17];
    if (!is_asked_for(grouping, key))
        return;
    const struct suppression *rule =
        suppressions ? suppressions__find_stack(suppressions, key->kind, key->call, stack) : NULL;
    if (group_key.rule == NULL)
        group_key.rule = rule ? rule : rule_of_scope(suppressions, key);
    if (group_key.rule == NULL && tally_key__place(key) != key->stack)
        group_key.rule = rule_of_acquisition(grouping, key);
    const char *call = key->variety ? key->variety : key->call;
    fingerprint__make(fingerprint, key->kind->name, call, key->scope, stack, key->elsewhere);
    memcpy(group_key.fingerprint, fingerprint, sizeof group_key.fingerprint);
    struct group *group = get_group(grouping, &group_key);
    group->tallies = heap__room(group->tallies, group->count, &group->room, sizeof(struct tally *));
    group->tallies[group->count++] = tally;
}

/* What ended the process comes first of all. An exhausted table stops it: it comes before what exhausted it. */
static int urgency(const struct finding *finding)
{
    if (finding__fact(finding, FACT_WAS_LAST) != NULL)
        return 2;
    return finding->kind == kinds__get(KIND_FD_EXHAUSTED);
}

static const struct frame *place_of(const struct finding *finding)
{
    return stack__user_frame(kinds__main_stack(finding));
}

/* Those that cost the same come in the order of the source. */
static int most_expensive_first(const void *left, const void *right)
{
    const struct finding *a = left, *b = right;
    if ((a->rule != NULL) != (b->rule != NULL))
        return a->rule != NULL ? 1 : -1;
    if (a->level != b->level)
        return a->level > b->level ? -1 : 1;
    if (a->held_to_end != b->held_to_end)
        return a->held_to_end ? 1 : -1;
    if (urgency(a) != urgency(b))
        return urgency(b) - urgency(a);
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    int order = frame__compare_places(place_of(a), place_of(b));
    return order != 0 ? order : strcmp(a->fingerprint, b->fingerprint);
}

void grouping__finish(struct grouping *grouping, struct report *report)
{
    grouping->findings = heap__zeroed(grouping->count, sizeof(struct finding));
    struct finding *finding = grouping->findings;
    for (const struct group *group = grouping->first; group != NULL; group = group->next)
        *finding++ = group__finding(group, grouping->stacks, grouping->siblings, grouping->paths, grouping->pool,
                                    grouping->options);
    qsort(grouping->findings, grouping->count, sizeof(struct finding), most_expensive_first);
    report->findings = grouping->findings;
    report->finding_count = grouping->count;
    while (report->finding_count > 0 && report->findings[report->finding_count - 1].rule != NULL) {
        report->finding_count--;
        report->suppressed_count++;
    }
}
