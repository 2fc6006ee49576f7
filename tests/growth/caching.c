/* A cache: by keys of unequal weight, with or without a capacity and an age. */
#include <math.h>
#include <stdlib.h>

#include "base/heap.h"
#include "keeping.h"

#define NOBODY UINT32_MAX

/* Entries by key; those that are open are linked in the order of their last use. */
struct entry {
    double birth, used;
    uint32_t newer, older;
    bool is_open;
};

struct store {
    struct entry *entries;
    uint32_t newest, oldest, count;
};

static void take_out(struct store *store, uint32_t key)
{
    struct entry *entry = &store->entries[key];
    if (entry->newer == NOBODY)
        store->newest = entry->older;
    else
        store->entries[entry->newer].older = entry->older;
    if (entry->older == NOBODY)
        store->oldest = entry->newer;
    else
        store->entries[entry->older].newer = entry->newer;
}

static void put_first(struct store *store, uint32_t key)
{
    struct entry *entry = &store->entries[key];
    entry->newer = NOBODY;
    entry->older = store->newest;
    if (store->newest == NOBODY)
        store->oldest = key;
    else
        store->entries[store->newest].newer = key;
    store->newest = key;
}

static uint32_t any_key(const struct cache *cache, struct chance *chance)
{
    double power = 1 - cache->skew, most = pow(cache->keys, power);
    double key = pow((most - 1) * chance__share(chance) + 1, 1 / power);
    return (uint32_t)fmin(key - 1, cache->keys - 1);
}

struct closing {
    struct history *history;
    uint32_t site;
    const struct cache *cache;
    struct chance *chance;
};

static void close_oldest(const struct closing *closing, struct store *store, double time)
{
    struct entry *entry = &store->entries[store->oldest];
    if (time < closing->history->horizon && chance__share(closing->chance) < closing->cache->lost)
        history__leak(closing->history, closing->site, entry->birth, time);
    else
        history__add(closing->history, closing->site, entry->birth, time);
    entry->is_open = false;
    take_out(store, store->oldest);
    store->count--;
}

/* What has not been used for so long. */
static void close_unused(const struct closing *closing, struct store *store, double now)
{
    double unused = closing->cache->unused;
    while (unused != 0 && store->oldest != NOBODY && store->entries[store->oldest].used + unused <= now)
        close_oldest(closing, store, store->entries[store->oldest].used + unused);
}

void cache__add(struct history *history, uint32_t site, const struct cache *cache)
{
    struct chance arrivals = history__chance(history, 10 * site), fates = history__chance(history, 10 * site + 1);
    struct store store = {heap__zeroed(cache->keys, sizeof *store.entries), NOBODY, NOBODY, 0};
    const struct closing closing = {history, site, cache, &fates};
    double time = 0;
    while ((time = rate__next(&cache->rate, &arrivals, time)) < history->horizon) {
        close_unused(&closing, &store, time);
        uint32_t key = any_key(cache, &fates);
        struct entry *entry = &store.entries[key];
        if (entry->is_open)
            take_out(&store, key);
        else if (cache->capacity != 0 && store.count == cache->capacity)
            close_oldest(&closing, &store, time);
        if (!entry->is_open) {
            entry->birth = time;
            entry->is_open = true;
            store.count++;
        }
        entry->used = time;
        put_first(&store, key);
    }
    close_unused(&closing, &store, history->horizon);
    while (store.oldest != NOBODY)
        close_oldest(&closing, &store, INFINITY);
    free(store.entries);
}
