/* Goes through a history as its process would, and keeps the books as libleakwatch.so does: times as coarse as the
 * kernel's tick, within which they go on by nanoseconds; lifetimes in powers of two; at most so many samples, of which every
 * second one goes when there is no room. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "history.h"

#define TICK 4000000ULL /* ns: 250 in a second */
#define START 1000000000000ULL
#define FIRST_INTERVAL 16000000ULL

struct event {
    double time;
    uint32_t resource;
    bool is_death;
};

static int in_time(const void *a, const void *b)
{
    const struct event *left = a, *right = b;
    if (left->time != right->time)
        return left->time < right->time ? -1 : 1;
    return left->is_death - right->is_death;
}

static struct event *events_of(const struct history *history, size_t *count)
{
    struct event *events = heap__zeroed(2 * history->count + 1, sizeof *events);
    *count = 0;
    for (size_t i = 0; i < history->count; i++) {
        const struct resource *resource = &history->resources[i];
        events[(*count)++] = (struct event){resource->birth, (uint32_t)i, false};
        if (resource->death < history->horizon)
            events[(*count)++] = (struct event){resource->death, (uint32_t)i, true};
    }
    qsort(events, *count, sizeof *events, in_time);
    return events;
}

static uint64_t ticks(double time)
{
    return START + (uint64_t)(time * 1e9) / TICK * TICK;
}

static void sample(struct lw_samples *samples, uint64_t now, uint64_t open)
{
    if (now < samples->next)
        return;
    if (samples->interval == 0)
        samples->interval = FIRST_INTERVAL;
    if (samples->count == LW_SAMPLES) {
        for (uint32_t i = 0; i < LW_SAMPLES / 2; i++)
            samples->sample[i] = samples->sample[2 * i];
        samples->count = LW_SAMPLES / 2;
        samples->interval *= 2;
    }
    samples->sample[samples->count++] = (struct lw_sample){now, open};
    samples->next = now + samples->interval;
}

static bool is_descriptor(const struct history *history, uint32_t site)
{
    return history->plans[site].kind != LW_THREAD;
}

static void is_born(const struct history *history, struct books *books, struct resource *resource, uint64_t now)
{
    struct site_books *site = &books->sites[resource->site];
    resource->time = now;
    if (site->acquired++ == 0)
        site->first = now;
    site->last = now;
    books->opened += is_descriptor(history, resource->site);
}

static void dies(const struct history *history, struct books *books, const struct resource *resource, uint64_t now)
{
    struct site_books *site = &books->sites[resource->site];
    uint64_t lived = now > resource->time ? now - resource->time : 0;
    uint32_t *lifetime = &site->lifetimes[lw_power(lived, LW_LIFETIME_SHIFT, LW_LIFETIMES)];
    site->released++;
    if (*lifetime != UINT32_MAX)
        *lifetime += 1;
    books->closed += is_descriptor(history, resource->site);
}

static void look_at(const struct history *history, struct books *books, double time, unsigned number,
                    history_look *look, void *context)
{
    books->time = time;
    books->now = START + (uint64_t)(time * 1e9);
    look(context, history, books, number);
}

void history__walk(struct history *history, const double *looks, unsigned count, history_look *look, void *context)
{
    enum { STANDARD = 3 };
    size_t events_count;
    struct event *events = events_of(history, &events_count);
    struct books *books = heap__zeroed(1, sizeof *books);
    uint64_t last = 0;
    unsigned at = 0;
    books->start = START;
    history->hit = INFINITY;
    history->peak = 0;
    for (size_t i = 0; i < events_count; i++) {
        const struct event *event = &events[i];
        for (; at < count && looks[at] <= event->time; at++)
            look_at(history, books, looks[at], at, look, context);
        uint64_t now = ticks(event->time), open = STANDARD + books->opened - books->closed;
        if (now <= last && !event->is_death)
            now = last + 1;
        if (now > last)
            last = now;
        sample(&books->samples, now, open);
        struct resource *resource = &history->resources[event->resource];
        if (event->is_death)
            dies(history, books, resource, now);
        else
            is_born(history, books, resource, now);
        open = STANDARD + books->opened - books->closed;
        if (open > history->peak)
            history->peak = open;
        if (open >= history->limit) {
            history->hit = event->time;
            break;
        }
    }
    for (; at < count && !isfinite(history->hit); at++)
        look_at(history, books, looks[at], at, look, context);
    free(books);
    free(events);
}
