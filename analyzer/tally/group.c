/* The tallies of one fingerprint on their way to being one finding. */
#include "group.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "callsite/verdicts.h"
#include "contrasts.h"
#include "grouping.h"
#include "grown.h"
#include "model/resource.h"
#include "rule/suppressions.h"
#include "scope_paths.h"
#include "siblings.h"
#include "symbol/stacks.h"
#include "telling.h"

enum { SENTENCES_AT_MOST = 3, PLACES_AT_MOST = 16 };

/* The highest level counts; what has a lower one is told, not counted. */
static enum level highest_level(const struct group *group)
{
    uint32_t level = LEVEL_NOTE;
    for (size_t i = 0; i < group->count; i++)
        if (group->tallies[i]->key.level > level)
            level = group->tallies[i]->key.level;
    return (enum level)level;
}

static bool counts(const struct finding *finding, const struct tally *tally)
{
    return tally->key.level == (uint32_t)finding->level;
}

/* The tally with most resources speaks for all: its stack, its type, its scope. */
static const struct tally *largest(const struct group *group, const struct finding *finding)
{
    const struct tally *best = NULL;
    for (size_t i = 0; i < group->count; i++)
        if (counts(finding, group->tallies[i]) && (best == NULL || group->tallies[i]->count > best->count))
            best = group->tallies[i];
    return best;
}

static int by_process(const void *left, const void *right)
{
    const struct tally_share *a = left, *b = right;
    return a->process < b->process ? -1 : a->process > b->process;
}

/* Which processes, and the most that one of them holds. */
static void add_shares(const struct group *group, struct finding *finding)
{
    size_t count = 0;
    for (size_t i = 0; i < group->count; i++)
        count += counts(finding, group->tallies[i]) ? group->tallies[i]->share_count : 0;
    struct tally_share *shares = heap__zeroed(count, sizeof(*shares));
    finding->processes = heap__zeroed(count, sizeof(uint32_t));
    finding->shares = heap__zeroed(count, sizeof(uint64_t));
    count = 0;
    for (size_t i = 0; i < group->count; i++) {
        const struct tally *tally = group->tallies[i];
        if (!counts(finding, tally))
            continue;
        memcpy(shares + count, tally->shares, tally->share_count * sizeof(*shares));
        count += tally->share_count;
    }
    qsort(shares, count, sizeof(*shares), by_process);
    uint64_t here = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_same = i > 0 && shares[i].process == shares[i - 1].process;
        here = is_same ? here + shares[i].count : shares[i].count;
        finding->worst = here > finding->worst ? here : finding->worst;
        if (!is_same)
            finding->processes[finding->process_count++] = shares[i].process;
        finding->shares[finding->process_count - 1] = here;
    }
    free(shares);
}

static void add_examples(struct finding *finding, const struct tally *tally)
{
    for (size_t i = 0; i < tally->example_count && finding->resource.example_count < EXAMPLES; i++) {
        struct example example = tally->examples[i];
        example.detail = example.detail[0] != '\0' ? heap__copied(example.detail) : NULL;
        example.label = example.label != NULL ? heap__copied(example.label) : NULL;
        finding->resource.examples[finding->resource.example_count++] = example;
    }
}

/* Other places of the same functions: a reader wants each line once. */
static void add_also(struct finding *finding, const struct stack *stack, const struct stack *told)
{
    if (stack == NULL || finding->also_count >= PLACES_AT_MOST || stack__is_same_place(stack, told))
        return;
    for (size_t i = 0; i < finding->also_count; i++)
        if (stack__is_same_place(stack, finding->also[i]))
            return;
    finding->also[finding->also_count++] = stack;
}

/* What the tallies say besides, each sentence once. */
static const char *join_sentences(const struct group *group, const struct finding *finding, struct pool *pool)
{
    const char *said[SENTENCES_AT_MOST];
    size_t count = 0, left_out = 0;
    for (size_t i = 0; i < group->count; i++) {
        const char *sentence = group->tallies[i]->key.later;
        bool is_new = sentence != NULL && counts(finding, group->tallies[i]);
        for (size_t k = 0; k < count; k++)
            is_new = is_new && said[k] != sentence;
        if (is_new && count < SENTENCES_AT_MOST)
            said[count++] = sentence;
        else
            left_out += is_new;
    }
    if (count == 0)
        return NULL;
    char *text = heap__copied(said[0]), *shorter = text;
    for (size_t k = 1; k < count; k++, free(shorter), shorter = text)
        text = heap__printed("%s; %s", shorter, said[k]);
    if (left_out > 0) {
        text = heap__printed("%s; and %zu more", shorter, left_out);
        free(shorter);
    }
    const char *kept = pool__text(pool, text);
    free(text);
    return kept;
}

static void add_tally(struct finding *finding, const struct tally *tally, struct stacks *stacks, uint32_t told,
                      struct details *details)
{
    finding->count += tally->count;
    if (tally->age > finding->age_seconds)
        finding->age_seconds = tally->age;
    if (finding->error == 0)
        finding->error = tally->key.error;
    if (finding->released == NULL)
        finding->released = stacks__get(stacks, tally->key.released);
    details__add_all(details, &tally->details);
    add_examples(finding, tally);
    add_also(finding, stacks__get(stacks, tally_key__place(&tally->key)), stacks__get(stacks, told));
}

static void add_tallies(const struct group *group, struct finding *finding, struct stacks *stacks)
{
    struct details details = {.room = 0};
    const struct tally *speaker = largest(group, finding);
    finding->also = heap__zeroed(PLACES_AT_MOST, sizeof(*finding->also));
    uint32_t told = tally_key__place(&speaker->key);
    add_tally(finding, speaker, stacks, told, &details); /* its examples come first */
    for (size_t i = 0; i < group->count; i++) {
        if (!counts(finding, group->tallies[i]))
            finding->spared += group->tallies[i]->count;
        else if (group->tallies[i] != speaker)
            add_tally(finding, group->tallies[i], stacks, told, &details);
    }
    finding->resource.details = details.count;
    details__free(&details);
}

/* Rows are by stack; a reader wants each line once. The first of them is the largest, and the order stays. */
static void add_item(struct fact *list, const struct item *item)
{
    for (size_t i = 0; i < list->item_count; i++) {
        struct item *known = &list->items[i];
        if (known->text == item->text && known->call == item->call && stack__is_same_place(known->stack, item->stack)) {
            known->count += item->count;
            return;
        }
    }
    list->items[list->item_count++] = *item;
}

static void add_items(struct fact *list, const struct tally *tally, struct stacks *stacks)
{
    for (size_t i = 0; i < tally->item_count; i++) {
        const struct tally_item *row = &tally->items[i];
        const struct item item = {.stack = stacks__get(stacks, row->stack),
                                  .text = row->text,
                                  .call = row->call,
                                  .count = row->count,
                                  .resource = row->resource};
        if (row->as == list->id)
            add_item(list, &item);
    }
}

static int most_first(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    return a->count > b->count ? -1 : a->count < b->count;
}

/* A list with fewer items says nothing more. */
static void keep_list(struct finding *finding, const struct fact *list, size_t least)
{
    if (list->item_count < least)
        free(list->items);
    else
        finding__add_fact(finding, list);
}

/* The first of who held the table speaks for all. */
static void add_list(struct finding *finding, enum fact_id id, const struct tally *tally, struct stacks *stacks)
{
    struct fact list = {.id = id, .items = heap__zeroed(tally->item_count, sizeof(struct item))};
    add_items(&list, tally, stacks);
    keep_list(finding, &list, 1);
}

/* What failed in one process and in another is of the same finding, and so is what several threads took. Of what failed
 * one call alone is what the headline tells. */
static void add_lists(const struct group *group, struct finding *finding, struct stacks *stacks, enum fact_id id,
                      size_t least)
{
    size_t room = 0;
    for (size_t i = 0; i < group->count; i++)
        room += group->tallies[i]->item_count;
    struct fact list = {.id = id, .items = heap__zeroed(room, sizeof(struct item))};
    for (size_t i = 0; i < group->count; i++)
        if (counts(finding, group->tallies[i]))
            add_items(&list, group->tallies[i], stacks);
    if (list.item_count > 1)
        qsort(list.items, list.item_count, sizeof(struct item), most_first);
    keep_list(finding, &list, least);
}

/* The routine of all its stacks; NULL: not known, or several. */
static const char *routine_of(const struct group *group, const struct finding *finding, struct stacks *stacks)
{
    const char *routine = NULL;
    for (size_t i = 0; i < group->count; i++) {
        const struct tally *tally = group->tallies[i];
        const char *here = stack__routine(stacks__get(stacks, tally_key__place(&tally->key)));
        if (!counts(finding, tally))
            continue;
        if (here == NULL || (routine != NULL && strcmp(routine, here) != 0))
            return NULL;
        routine = here;
    }
    return routine;
}

/* What the ledger does not know the thread of was done by the same stack, and so in the same routine. */
static struct crew crew_of(const struct group *group, const struct finding *finding, bool *is_known, bool *is_whole)
{
    struct crew crew = {.count = 0};
    *is_known = *is_whole = true;
    for (size_t i = 0; i < group->count; i++) {
        const struct tally *tally = group->tallies[i];
        if (!counts(finding, tally))
            continue;
        *is_known = *is_known && tally->crew.count > 0;
        *is_whole = *is_whole && tally->crew.seen >= tally->count;
        crew__add_all(&crew, &tally->crew);
    }
    return crew;
}

static void add_threads(const struct group *group, struct finding *finding, struct stacks *stacks, bool steady)
{
    bool is_known, is_whole;
    struct crew crew = crew_of(group, finding, &is_known, &is_whole);
    const char *routine = routine_of(group, finding, stacks);
    if (is_known && !crew.has_main && (is_whole || routine != NULL)) {
        bool is_counted = is_whole && !steady && crew.count < CREW_AT_MOST;
        finding__add_fact(
            finding, &(struct fact){.id = FACT_IN_THREADS,
                                    .count = is_counted ? crew.count : 0,
                                    .text = is_counted && crew.count == 1 ? crew.name : NULL,
                                    .stack = is_whole && !crew.is_apart ? stacks__get(stacks, crew.started) : NULL});
        if (routine != NULL)
            finding__add_fact(finding, &(struct fact){.id = FACT_ROUTINE, .text = routine});
    }
    crew__free(&crew);
}

static void add_facts(struct finding *finding, const struct tally_key *key, struct stacks *stacks)
{
    const struct tally_fact *facts = key->facts.fact;
    for (const struct tally_fact *from = facts; from < facts + sizeof key->facts / sizeof *facts; from++) {
        const struct fact fact = {.id = from->id,
                                  .text = from->text,
                                  .call = from->call,
                                  .place = from->place,
                                  .stack = stacks__get(stacks, from->stack)};
        if (fact.id != FACT_NONE)
            finding__add_fact(finding, &fact);
    }
}

static struct finding start_finding(const struct group *group, struct stacks *stacks)
{
    struct finding finding = {.level = highest_level(group), .age_seconds = -1};
    const struct tally *speaker = largest(group, &finding);
    finding.kind = speaker->key.kind;
    finding.call = speaker->key.call;
    finding.scope = speaker->key.scope;
    finding.later_varies = speaker->key.names_threads != 0;
    finding.error = speaker->key.error;
    finding.acquired = stacks__get(stacks, speaker->key.stack);
    finding.acquired_as = speaker->key.acquired_as ? (enum fact_id)speaker->key.acquired_as : finding.kind->acquired;
    finding.rule = group->key.rule ? group->key.rule->text : NULL;
    finding.resource.kind = speaker->resource_kind;
    finding.resource.type = resource__type(speaker->resource_kind);
    finding.resource.class = lw_class_name(lw_class(speaker->resource_kind));
    memcpy(finding.fingerprint, group->key.fingerprint, sizeof group->key.fingerprint);
    add_facts(&finding, &speaker->key, stacks);
    add_list(&finding, FACT_HOLDERS, speaker, stacks);
    add_list(&finding, FACT_YOUNGER, speaker, stacks);
    add_list(&finding, FACT_MEMBERS, speaker, stacks);
    add_list(&finding, FACT_THREADS, speaker, stacks);
    add_list(&finding, FACT_CLOSED_BY, speaker, stacks);
    add_lists(group, &finding, stacks, FACT_VICTIMS, 2);
    add_lists(group, &finding, stacks, FACT_BY_THREADS, 1);
    add_lists(group, &finding, stacks, FACT_ROUTINES, 1);
    add_lists(group, &finding, stacks, FACT_KEEPS, 1);
    add_lists(group, &finding, stacks, FACT_LOCKED, 1);
    add_lists(group, &finding, stacks, FACT_HUNG_UP, 1);
    return finding;
}

static int by_number(const void *left, const void *right)
{
    const uint32_t *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

/* The families of what was acquired by known stacks, each once: how many. */
static size_t distinct_families(const struct group *group, const struct siblings *siblings, uint32_t *families)
{
    size_t count = 0, known = 0;
    for (size_t i = 0; i < group->count; i++) {
        const struct tally *tally = group->tallies[i];
        if (tally->key.stack != 0)
            known += siblings__families(siblings, tally->key.stack, tally->resource_kind, families + known);
    }
    if (known > 1)
        qsort(families, known, sizeof(*families), by_number);
    for (size_t i = 0; i < known; i++)
        if (count == 0 || families[count - 1] != families[i])
            families[count++] = families[i];
    return count;
}

static void add_siblings(const struct group *group, struct finding *finding, struct stacks *stacks,
                         const struct siblings *siblings)
{
    uint32_t *distinct = heap__zeroed(group->count * SIBLINGS_FAMILIES, sizeof(*distinct));
    size_t count = distinct_families(group, siblings, distinct);
    for (size_t i = 0; i < count; i++) {
        finding->siblings += siblings__count(siblings, distinct[i]);
        finding->siblings_elsewhere =
            finding->siblings_elsewhere ||
            (finding->scope != NULL && siblings__are_of_others(siblings, distinct[i], finding->scope));
    }
    finding->contrast_count = contrasts__of(distinct, count, stacks, siblings, &finding->contrasts);
    free(distinct);
}

/* What was released after all was late, and no more than that. */
static void add_story(const struct group *group, struct finding *finding, struct stacks *stacks)
{
    struct telling *whole = NULL;
    for (size_t i = 0; i < group->count; i++) {
        const struct telling *telling = group->tallies[i]->telling;
        if (telling == NULL)
            continue;
        if (whole == NULL)
            whole = telling__new();
        telling__merge(whole, telling);
    }
    if (whole == NULL)
        return;
    telling__tell(whole, stacks, finding);
    finding->released = stacks__get(stacks, whole->later_stack);
    finding->never = whole->own - whole->own_later;
    if (finding->level == LEVEL_ERROR && finding__count(finding, FACT_LATE) >= finding->count)
        finding->level = LEVEL_WARNING;
    telling__free(whole);
}

/* A compiler makes copies of the call in a loop that runs a few times, so that each of them has acquired but one. */
static bool are_few_and_lasting(const struct group *group, const struct finding *finding)
{
    bool are_lasting = finding->worst <= LASTING_FEW && finding->resource.details >= finding->worst;
    for (size_t i = 0; i < group->count; i++)
        are_lasting = are_lasting && group->tallies[i]->key.is_lasting;
    return are_lasting;
}

/* Where one sends, the process may receive at several places. */
static bool were_sent(const struct group *group)
{
    bool were_sent = true;
    for (size_t i = 0; i < group->count; i++)
        were_sent = were_sent && group->tallies[i]->key.is_sent;
    return were_sent;
}

/* In each process there was but one, and none was given back there; or it took over from those that were. */
static void judge_held(const struct group *group, struct finding *finding, const struct grouping_options *options,
                       const struct siblings *siblings, struct stacks *stacks)
{
    bool is_to_end = finding->level > LEVEL_NOTE;
    for (size_t i = 0; i < group->count; i++)
        is_to_end = is_to_end && (group->tallies[i]->key.is_to_end || !counts(finding, group->tallies[i]));
    bool only_given_back = are_few_and_lasting(group, finding) || were_sent(group);
    for (size_t i = 0; i < group->count && is_to_end; i++) {
        const struct tally *tally = group->tallies[i];
        uint32_t family = siblings__family(tally->key.stack, tally->resource_kind);
        is_to_end = !siblings__has_copy(siblings, family, stacks, only_given_back);
    }
    if (!is_to_end || finding__fact(finding, FACT_LEFT) != NULL)
        return;
    finding->held_to_end = true;
    finding->was_sent = were_sent(group);
    for (size_t i = 0; i < group->count; i++)
        finding->took_over = finding->took_over || group->tallies[i]->key.is_newest;
    finding->level = options->held_is_given ? options->held : LEVEL_WARNING;
}

/* By count and place, not by who came first: threads and processes come as they will. */
static int compare_tallies(const void *left, const void *right, void *context)
{
    const struct tally *const *a = left, *const *b = right;
    if ((*a)->count != (*b)->count)
        return (*a)->count > (*b)->count ? -1 : 1;
    return stack__compare(stacks__get(context, tally_key__place(&(*a)->key)),
                          stacks__get(context, tally_key__place(&(*b)->key)));
}

struct finding group__finding(const struct group *group, struct stacks *stacks, const struct siblings *siblings,
                              struct scope_paths *paths, struct pool *pool, const struct grouping_options *options)
{
    if (group->count > 1)
        qsort_r(group->tallies, group->count, sizeof(*group->tallies), compare_tallies, stacks);
    struct finding finding = start_finding(group, stacks);
    add_tallies(group, &finding, stacks);
    if (finding.error != 0 && finding.kind->about & ABOUT_ERROR)
        finding__add_fact(&finding, &(struct fact){.id = FACT_ERROR, .error = finding.error});
    add_shares(group, &finding);
    grown__add(group, &finding, pool, options->steady);
    add_siblings(group, &finding, stacks, siblings);
    finding.never = finding.count + finding.spared;
    finding.later = join_sentences(group, &finding, pool);
    if (finding.scope != NULL)
        finding.entries = scope_paths__of(paths, finding.scope, finding.processes, finding.process_count);
    add_threads(group, &finding, stacks, options->steady);
    add_story(group, &finding, stacks);
    judge_held(group, &finding, options, siblings, stacks);
    return finding;
}

void finding__clear(struct finding *finding)
{
    for (size_t i = 0; i < finding->resource.example_count; i++) {
        free(finding->resource.examples[i].detail);
        free(finding->resource.examples[i].label);
    }
    finding__clear_facts(finding);
    free(finding->also);
    free(finding->contrasts);
    free(finding->processes);
    free(finding->shares);
}
