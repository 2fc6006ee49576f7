/* Connections that are held, by place and peer, over all ledgers. A place is the line and its caller's, as for locks: a
 * reader cares for no other frames. */
#include "connection_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "symbol/stacks.h"

struct part {
    struct connection_summary summary;
    uint32_t process, stack;
};

struct connection_list {
    struct part *parts;
    size_t count, room;
    struct connection_summary *summaries;
};

struct connection_list *connection_list__new(void)
{
    return heap__zeroed(1, sizeof(struct connection_list));
}

void connection_list__free(struct connection_list *list)
{
    if (list == NULL)
        return;
    free(list->parts);
    free(list->summaries);
    free(list);
}

void connection_list__add(struct connection_list *list, const struct connection_summary *part, uint32_t process,
                          uint32_t stack)
{
    list->parts = heap__room(list->parts, list->count, &list->room, sizeof *list->parts);
    list->parts[list->count++] = (struct part){.summary = *part, .process = process, .stack = stack};
}

static int compare_texts(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static int compare_places(const struct connection_summary *a, const struct connection_summary *b)
{
    int order = frame__compare_places(stack__user_frame(a->stack), stack__user_frame(b->stack));
    if (order == 0)
        order = frame__compare_places(stack__caller_of_user(a->stack), stack__caller_of_user(b->stack));
    if (order == 0)
        order = compare_texts(a->peer, b->peer);
    if (order == 0)
        order = compare_texts(a->call, b->call);
    if (order == 0)
        order = compare_texts(a->listener, b->listener);
    if (order == 0)
        order = compare_texts(a->program, b->program);
    return order != 0 ? order : a->is_accepted - b->is_accepted;
}

static int by_place(const void *left, const void *right)
{
    const struct part *a = left, *b = right;
    int order = compare_places(&a->summary, &b->summary);
    if (order == 0)
        order = (a->process > b->process) - (a->process < b->process);
    return order != 0 ? order : (a->stack > b->stack) - (a->stack < b->stack);
}

static int most_first(const void *left, const void *right)
{
    const struct connection_summary *a = left, *b = right;
    if (a->held != b->held)
        return a->held < b->held ? 1 : -1;
    return compare_places(a, b);
}

static double greater(double a, double b)
{
    return a > b ? a : b;
}

/* How many there were at once of several is not known, but no more than that. */
static void join(struct connection_summary *whole, const struct connection_summary *part)
{
    whole->peak += part->peak;
    whole->peak_is_bound = true;
    whole->held += part->held;
    whole->ports += part->ports;
    whole->longest = greater(whole->longest, part->longest);
    whole->open += part->open;
    whole->connecting += part->connecting;
    whole->hung_up += part->hung_up;
    whole->closing += part->closing;
    whole->over += part->over;
    whole->idle_seen += part->idle_seen;
    whole->idle_long += part->idle_long;
    whole->idle_longest = greater(whole->idle_longest, part->idle_longest);
    if (part->waiting > whole->waiting) {
        whole->waiting = part->waiting;
        whole->waits = part->waits;
        whole->waits_for = part->waits_for;
    }
}

const struct connection_summary *connection_list__finish(struct connection_list *list, struct stacks *stacks,
                                                         size_t *count)
{
    list->summaries = heap__zeroed(list->count, sizeof *list->summaries);
    *count = 0;
    for (size_t i = 0; i < list->count; i++)
        list->parts[i].summary.stack = stacks__get(stacks, list->parts[i].stack);
    if (list->count > 1)
        qsort(list->parts, list->count, sizeof *list->parts, by_place);
    for (size_t i = 0; i < list->count; i++) {
        const struct part *part = &list->parts[i];
        struct connection_summary *last = *count > 0 ? &list->summaries[*count - 1] : NULL;
        if (last == NULL || compare_places(last, &part->summary) != 0) {
            list->summaries[(*count)++] = part->summary;
            continue;
        }
        join(last, &part->summary);
        last->processes += part->process != list->parts[i - 1].process;
    }
    if (*count > 1)
        qsort(list->summaries, *count, sizeof *list->summaries, most_first);
    return list->summaries;
}
