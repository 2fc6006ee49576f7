/* What tells sites apart that would read the same: a wrapper is one line for all who call it.
 *
 * In the order of their stacks the one that shares most callers with a site is beside it. */
#include "callers.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"

/* The user frame is 0, its caller 1; NULL: there is none. */
static const struct frame *caller_of(const struct trend_site *site, size_t level)
{
    return stack__caller(site->stack, level);
}

static int compare_calls(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

/* The first level at which they differ; 0: they do not read the same, or not a frame differs. */
static size_t first_difference(const struct trend_site *a, const struct trend_site *b, int *order)
{
    *order = compare_calls(a->call, b->call);
    for (size_t level = 0; *order == 0; level++) {
        const struct frame *one = caller_of(a, level), *other = caller_of(b, level);
        if (one == NULL && other == NULL)
            return 0;
        *order = frame__compare_places(one, other);
        if (*order != 0)
            return level;
    }
    return 0;
}

static int by_stack(const void *left, const void *right)
{
    const struct trend_site *a = *(struct trend_site *const *)left, *b = *(struct trend_site *const *)right;
    int order;
    first_difference(a, b, &order);
    return order;
}

void trend_callers__find(struct trend *trend)
{
    struct trend_site **sites = heap__zeroed(trend->site_count + 1, sizeof(struct trend_site *));
    size_t count = 0;
    for (size_t i = 0; i < trend->site_count; i++)
        if (trend->sites[i].held > 0)
            sites[count++] = &trend->sites[i];
    qsort(sites, count, sizeof(struct trend_site *), by_stack);
    size_t before = 0;
    for (size_t i = 0; i < count; i++) {
        int order;
        size_t after = i + 1 < count ? first_difference(sites[i], sites[i + 1], &order) : 0;
        size_t level = before > after ? before : after;
        sites[i]->caller = level > 0 ? caller_of(sites[i], level) : NULL;
        before = after;
    }
    free(sites);
}
