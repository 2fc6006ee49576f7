/* Lists of resources, and what follows from them. */
#include "history.h"

#include <math.h>
#include <stdlib.h>

#include "base/heap.h"

uint32_t history__site(struct history *history, const char *call, enum lw_kind kind)
{
    if (history->sites == SITES)
        abort();
    history->plans[history->sites] = (struct plan){.call = call, .kind = kind};
    return history->sites++;
}

static void add(struct history *history, struct resource resource)
{
    if (resource.birth >= history->horizon || resource.birth < 0)
        return;
    if (history->count == history->room) {
        history->room = history->room ? 2 * history->room : 4096;
        history->resources = heap__resized(history->resources, history->room, sizeof *history->resources);
    }
    history->resources[history->count++] = resource;
}

void history__add(struct history *history, uint32_t site, double birth, double death)
{
    add(history, (struct resource){.birth = birth, .death = death, .site = site, .lost = INFINITY});
}

void history__leak(struct history *history, uint32_t site, double birth, double lost)
{
    add(history, (struct resource){.birth = birth, .death = INFINITY, .site = site, .lost = lost});
}

struct chance history__chance(struct history *history, uint32_t part)
{
    return chance__new(chance__mix(history->seed, 1000 + part));
}

void history__clear(struct history *history)
{
    history->sites = 0;
    history->count = 0;
    history->hit = INFINITY;
    history->stops = INFINITY;
}

void history__free(struct history *history)
{
    free(history->resources);
    history->resources = NULL;
    history->room = 0;
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

double history__leaked(const struct history *history, size_t number)
{
    double *losses = heap__zeroed(history->count + 1, sizeof *losses);
    size_t count = 0;
    for (size_t i = 0; i < history->count; i++)
        if (isfinite(history->resources[i].lost))
            losses[count++] = history->resources[i].lost;
    qsort(losses, count, sizeof *losses, by_value);
    double moment = number >= 1 && number <= count ? losses[number - 1] : INFINITY;
    free(losses);
    return moment;
}

size_t history__leaked_before(const struct history *history, double time)
{
    size_t count = 0;
    for (size_t i = 0; i < history->count; i++)
        count += history->resources[i].lost < time;
    return count;
}

bool history__leaks_at(const struct history *history, uint32_t site, double time)
{
    if (time >= history->stops)
        return false;
    for (size_t i = 0; i < history->count; i++) {
        const struct resource *resource = &history->resources[i];
        if (resource->site == site && resource->lost < time)
            return true;
    }
    return false;
}
