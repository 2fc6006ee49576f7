/* What taking locks cost, place by place, over all ledgers.
 *
 * DESIGN. Ledgers count by stack, whose frames further out are of no interest here: what has the same line and the same
 * caller's line is one place for a reader, so that is how they are added up, once stacks are symbolised. Times come in
 * classes of a clock whose rate is each ledger's own: they are added up in classes of powers of two of nanoseconds, so
 * that a thousand ledgers cost one histogram. */
#include "lock_costs.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/table.h"
#include "symbol/stacks.h"

enum { CLASSES = 64 };

#define NANOSECONDS 1e9
#define WORTH_TELLING 0.01 /* seconds */

struct cost {
    struct lock_costs_key key;
    struct lock_cost summary;
    double most_waited;                      /* of the part that the summary has its stack of */
    uint64_t waits[CLASSES], holds[CLASSES]; /* [k]: below 2^k ns */
    UT_hash_handle hh;
};

struct lock_costs {
    struct cost *costs;
    double longest_wait;
    struct lock_cost longest; /* see lock_costs__longest */
    struct lock_cost *list;
};

struct lock_costs *lock_costs__new(void)
{
    return heap__zeroed(1, sizeof(struct lock_costs));
}

void lock_costs__free(struct lock_costs *costs)
{
    struct cost *cost, *next;
    if (costs == NULL)
        return;
    HASH_ITER(hh, costs->costs, cost, next) {
        HASH_DEL(costs->costs, cost);
        free(cost);
    }
    free(costs->list);
    free(costs);
}

/* ---- Adding up --------------------------------------------------------------------------------------------------- */

static struct cost *cost_of(struct lock_costs *costs, const struct lock_costs_key *key)
{
    struct cost *cost;
    HASH_FIND(hh, costs->costs, key, sizeof(*key), cost);
    if (cost != NULL)
        return cost;
    cost = heap__zeroed(1, sizeof(*cost));
    cost->key = *key;
    cost->summary = (struct lock_cost){.program = key->program,
                                       .call = key->call,
                                       .kind = key->kind,
                                       .waited = -1,
                                       .longest_wait = -1,
                                       .median_wait = -1,
                                       .longest_hold = -1,
                                       .median_hold = -1};
    HASH_ADD(hh, costs->costs, key, sizeof(cost->key), cost);
    return cost;
}

static unsigned class_of(double nanoseconds)
{
    unsigned class = 0;
    while (class < CLASSES - 1 && (double)(1ULL << class) < nanoseconds)
        class ++;
    return class;
}

static void add_classes(uint64_t *sums, const uint32_t *counts, double rate)
{
    for (unsigned i = 0; i < LW_WAIT_CLASSES; i++)
        if (counts[i] > 0)
            sums[class_of((double)(1ULL << (LW_WAIT_SHIFT + i)) / rate * NANOSECONDS)] += counts[i];
}

static double greater(double a, double b)
{
    return a > b ? a : b;
}

/* What is not known is below 0, and adds nothing. */
static double sum(double a, double b)
{
    return a < 0 ? b : b < 0 ? a : a + b;
}

static void take_longest(struct lock_cost *whole, const struct lock_cost *part)
{
    if (part->longest_hold > whole->longest_hold) {
        whole->longest_hold = part->longest_hold;
        whole->most = part->most;
    } else if (part->longest_hold >= whole->longest_hold && part->most > whole->most) {
        whole->most = part->most;
    }
}

static void add(struct lock_cost *whole, const struct lock_cost *part)
{
    whole->taken += part->taken;
    whole->contended += part->contended;
    whole->waited = sum(whole->waited, part->waited);
    whole->longest_wait = greater(whole->longest_wait, part->longest_wait);
    take_longest(whole, part);
}

void lock_costs__add(struct lock_costs *costs, const struct lock_costs_key *key, uint64_t taken,
                     const struct lw_locking *locking, double rate)
{
    struct cost *cost = cost_of(costs, key);
    struct lock_cost part = {.taken = taken, .waited = -1, .longest_wait = -1, .longest_hold = -1};
    if (locking != NULL) {
        part.contended = locking->contended;
        part.most = locking->most;
    }
    if (locking != NULL && rate > 0) {
        part.waited = locking->contended > 0 ? (double)locking->waited / rate : -1;
        part.longest_wait = locking->contended > 0 ? (double)locking->longest_wait / rate : -1;
        part.longest_hold = locking->longest_hold > 0 ? (double)locking->longest_hold / rate : -1;
        add_classes(cost->waits, locking->waits, rate);
        add_classes(cost->holds, locking->holds, rate);
    }
    add(&cost->summary, &part);
    costs->longest_wait = greater(costs->longest_wait, part.longest_wait);
}

/* ---- By place ---------------------------------------------------------------------------------------------------- */

/* The upper bound of the class in which half of them lie. */
static double median(const uint64_t *classes)
{
    uint64_t total = 0, seen = 0;
    for (unsigned i = 0; i < CLASSES; i++)
        total += classes[i];
    for (unsigned i = 0; i < CLASSES && total > 0; i++) {
        seen += classes[i];
        if (2 * seen >= total)
            return (double)(1ULL << i) / NANOSECONDS;
    }
    return -1;
}

static int compare_texts(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static int compare_places(const struct lock_cost *a, const struct lock_cost *b)
{
    int order = frame__compare_places(stack__user_frame(a->stack), stack__user_frame(b->stack));
    if (order == 0)
        order = frame__compare_places(stack__caller_of_user(a->stack), stack__caller_of_user(b->stack));
    if (order == 0)
        order = compare_texts(a->call, b->call);
    if (order == 0)
        order = compare_texts(a->program, b->program);
    return order != 0 ? order : (a->kind > b->kind) - (a->kind < b->kind);
}

static int by_place(const void *left, const void *right)
{
    const struct cost *const *a = left, *const *b = right;
    int order = compare_places(&(*a)->summary, &(*b)->summary);
    return order != 0 ? order : ((*a)->key.stack > (*b)->key.stack) - ((*a)->key.stack < (*b)->key.stack);
}

static int most_first(double a, double b)
{
    return (a < b) - (a > b);
}

static int by_taken(const void *left, const void *right)
{
    const struct lock_cost *a = left, *b = right;
    int order = (a->taken < b->taken) - (a->taken > b->taken);
    return order != 0 ? order : compare_places(a, b);
}

/* Who waits is seldom to blame: who held for so long stands beside them. */
static int by_harm(const void *left, const void *right)
{
    const struct lock_cost *a = left, *b = right;
    int order = most_first(greater(a->waited, a->longest_hold), greater(b->waited, b->longest_hold));
    if (order == 0)
        order = (a->contended < b->contended) - (a->contended > b->contended);
    return order != 0 ? order : by_taken(left, right);
}

/* The medians are those of the first of them, whose classes hold all. */
static void join(struct cost *whole, const struct cost *part)
{
    if (part->summary.waited > whole->most_waited) {
        whole->most_waited = part->summary.waited;
        whole->summary.stack = part->summary.stack;
    }
    add(&whole->summary, &part->summary);
    for (unsigned i = 0; i < CLASSES; i++) {
        whole->waits[i] += part->waits[i];
        whole->holds[i] += part->holds[i];
    }
}

static struct lock_cost *fold(struct cost **sorted, size_t stacks, size_t *count)
{
    struct lock_cost *list = heap__zeroed(stacks, sizeof(*list));
    for (size_t first = 0, next; first < stacks; first = next) {
        struct cost whole = *sorted[first];
        whole.most_waited = whole.summary.waited;
        for (next = first + 1; next < stacks; next++) {
            if (compare_places(&sorted[first]->summary, &sorted[next]->summary) != 0)
                break;
            join(&whole, sorted[next]);
        }
        whole.summary.median_wait = median(whole.waits);
        whole.summary.median_hold = median(whole.holds);
        list[(*count)++] = whole.summary;
    }
    return list;
}

const struct lock_cost *lock_costs__list(struct lock_costs *costs, struct stacks *stacks, bool orders_by_taken,
                                         size_t *count)
{
    struct cost **sorted = heap__zeroed(HASH_COUNT(costs->costs) + 1, sizeof(*sorted));
    size_t made = 0;
    *count = 0;
    for (struct cost *cost = costs->costs; cost != NULL; cost = cost->hh.next) {
        cost->summary.stack = stacks__get(stacks, cost->key.stack);
        sorted[made++] = cost;
    }
    qsort(sorted, made, sizeof(*sorted), by_place);
    free(costs->list);
    costs->list = fold(sorted, made, count);
    free(sorted);
    qsort(costs->list, *count, sizeof(*costs->list), orders_by_taken ? by_taken : by_harm);
    return costs->list;
}

/* A short wait for what was held long is no news, and neither is a long hold that nobody minded. */
const struct lock_cost *lock_costs__longest(struct lock_costs *costs, struct stacks *stacks)
{
    const struct cost *longest = NULL;
    for (const struct cost *cost = costs->costs; cost != NULL; cost = cost->hh.next)
        if (cost->summary.most > 0 && cost->summary.longest_hold >= WORTH_TELLING &&
            (longest == NULL || cost->summary.longest_hold > longest->summary.longest_hold))
            longest = cost;
    if (longest == NULL || costs->longest_wait < WORTH_TELLING)
        return NULL;
    costs->longest = longest->summary;
    costs->longest.stack = stacks__get(stacks, longest->key.stack);
    return &costs->longest;
}
