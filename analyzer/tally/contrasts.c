/* Where siblings were given back.
 *
 * DESIGN. Many stacks release at one line. They are sorted by what a reader sees of them, so that equal ones are
 * neighbours, and added up. */
#include "contrasts.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "symbol/stacks.h"

struct released {
    const struct siblings_release *release;
    const struct stack *stack;
    const struct frame *place;
};

static int compare_calls(const char *a, const char *b)
{
    return a == b || a == NULL || b == NULL ? (a != NULL) - (b != NULL) : strcmp(a, b);
}

static int by_place(const void *left, const void *right)
{
    const struct released *a = left, *b = right;
    int order = compare_calls(a->release->call, b->release->call);
    return order != 0 ? order : frame__compare_places(a->place, b->place);
}

static int most_first(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    int order = frame__compare_places(stack__user_frame(a->stack), stack__user_frame(b->stack));
    return order != 0 ? order : compare_calls(a->call, b->call);
}

static struct released *collect(const uint32_t *families, size_t count, struct stacks *stacks,
                                const struct siblings *siblings, size_t *found)
{
    struct released *list = NULL;
    size_t room = 0;
    *found = 0;
    for (size_t i = 0; i < count; i++) {
        const struct siblings_release *release = siblings__releases(siblings, families[i]);
        for (; release != NULL; release = release->next) {
            const struct stack *stack = stacks__get(stacks, release->stack);
            list = heap__room(list, *found, &room, sizeof(*list));
            list[(*found)++] = (struct released){release, stack, stack__user_frame(stack)};
        }
    }
    return list;
}

size_t contrasts__of(const uint32_t *families, size_t count, struct stacks *stacks, const struct siblings *siblings,
                     struct item **contrasts)
{
    size_t found, places = 0;
    struct released *list = collect(families, count, stacks, siblings, &found);
    if (found > 1)
        qsort(list, found, sizeof(*list), by_place);
    *contrasts = heap__zeroed(found, sizeof(struct item));
    for (size_t i = 0; i < found; i++) {
        if (i == 0 || by_place(&list[i - 1], &list[i]) != 0)
            (*contrasts)[places++] = (struct item){.stack = list[i].stack, .call = list[i].release->call};
        (*contrasts)[places - 1].count += list[i].release->count;
    }
    free(list);
    if (places > 1)
        qsort(*contrasts, places, sizeof(struct item), most_first);
    return places;
}
