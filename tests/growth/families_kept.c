/* Programs that keep what is of use: pools, caches, what is taken at the start, what is renewed now and then. */
#include "families.h"

#include <math.h>

/* Requests beside which something is kept. */
static struct requests traffic(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.1);
    uint32_t site = history__site(history, "accept4", LW_FD_SOCKET);
    if (history->life > DAY)
        requests.rate.swing = chance__between(&history->chance, 0.2, 0.8);
    requests__add(history, site, &requests);
    return requests;
}

static struct pool any_pool(struct history *history)
{
    struct requests demand = traffic(history);
    demand.rate.every = history->life / chance__scale(&history->chance, 4, 40);
    demand.rate.length = demand.rate.every * chance__scale(&history->chance, 0.02, 0.2);
    demand.rate.burst = chance__scale(&history->chance, 1.5, 6);
    double held = requests__mean_held(&demand) * chance__between(&history->chance, 1, 5);
    return (struct pool){.demand = demand, .most = (unsigned)fmax(4, held)};
}

static void add_pool(struct history *history, const struct pool *pool)
{
    pool__add(history, history__site(history, "connect", LW_FD_SOCKET), pool);
}

static void pool_to_its_most(struct history *history)
{
    struct pool pool = any_pool(history);
    add_pool(history, &pool);
}

static void pool_renewed(struct history *history)
{
    struct pool pool = any_pool(history);
    pool.longest = history->life / chance__scale(&history->chance, 3, 100);
    add_pool(history, &pool);
}

static void pool_that_shrinks(struct history *history)
{
    struct pool pool = any_pool(history);
    pool.idle = history->life / chance__scale(&history->chance, 10, 200);
    add_pool(history, &pool);
}

static struct cache any_cache(struct history *history, unsigned keys)
{
    struct rate rate = traffic(history).rate;
    return (struct cache){.rate = rate, .keys = keys, .skew = chance__between(&history->chance, 0.5, 0.95)};
}

static void add_cache(struct history *history, const struct cache *cache)
{
    cache__add(history, history__site(history, "open", LW_FD_FILE), cache);
}

static void cache_that_fills(struct history *history)
{
    unsigned keys = base__number(history, chance__between(&history->chance, 0.1, 0.8));
    struct cache cache = any_cache(history, keys);
    cache.rate.mean = keys * chance__scale(&history->chance, 3, 30) / history->life;
    add_cache(history, &cache);
}

static void cache_with_replacement(struct history *history)
{
    unsigned capacity = base__number(history, chance__between(&history->chance, 0.1, 0.6));
    struct cache cache = any_cache(history, capacity * (2 + chance__below(&history->chance, 30)));
    cache.capacity = capacity;
    cache.skew = chance__between(&history->chance, 0.6, 1.3);
    add_cache(history, &cache);
}

static void cache_with_age(struct history *history)
{
    struct cache cache = any_cache(history, base__number(history, 2));
    cache.unused = history->life / chance__scale(&history->chance, 10, 1000);
    add_cache(history, &cache);
}

static void warm_up(struct history *history)
{
    traffic(history);
    unsigned count = base__number(history, chance__scale(&history->chance, 0.03, 0.5));
    double within = history->life * chance__scale(&history->chance, 0.001, 0.08);
    start__add(history, history__site(history, "open", LW_FD_FILE), count, within);
}

/* What is needed for the first time is opened then, and kept: less and less comes. */
static void slow_warm_up(struct history *history)
{
    struct chance *chance = &history->chance;
    traffic(history);
    uint32_t site = history__site(history, "open", LW_FD_FILE);
    unsigned count = base__number(history, chance__scale(chance, 0.03, 0.4));
    double mean = history->life * chance__scale(chance, 0.01, 0.1);
    for (unsigned i = 0; i < count; i++)
        history__add(history, site, chance__wait(chance, mean), INFINITY);
    history->plans[site].is_warm_up = true;
}

/* Workers are started as they are needed, and stay; each has a queue and a timer. */
static void workers(struct history *history)
{
    struct pool pool = any_pool(history);
    pool.most = 4 + chance__below(&history->chance, 60);
    uint32_t queue = history__site(history, "eventfd", LW_FD_EVENTFD);
    uint32_t timer = history__site(history, "timerfd_create", LW_FD_TIMERFD);
    uint32_t thread = history__site(history, "pthread_create", LW_THREAD);
    pool__add(history, queue, &pool);
    pool__add(history, timer, &pool);
    pool__add(history, thread, &pool);
}

static void rotation(struct history *history)
{
    traffic(history);
    struct batches logs = {.period = history->life / chance__scale(&history->chance, 3, 40),
                           .jitter = 0.02,
                           .takes = 0.01,
                           .least = 1 + chance__below(&history->chance, 12)};
    logs.most = logs.least;
    batches__add(history, history__site(history, "fopen", LW_STREAM_FILE), &logs);
}

static void deployments(struct history *history)
{
    traffic(history);
    struct batches handles = {.period = history->life / chance__scale(&history->chance, 2, 15),
                              .jitter = 0.8,
                              .least = 3,
                              .most = 3 + chance__below(&history->chance, 40)};
    handles.takes = handles.period * 0.001;
    batches__add(history, history__site(history, "open", LW_FD_FILE), &handles);
}

static void batch_jobs(struct history *history)
{
    struct batches jobs = {.period = history->life / chance__scale(&history->chance, 5, 100),
                           .jitter = 0.3,
                           .least = 5,
                           .most = 5 + base__number(history, chance__scale(&history->chance, 0.02, 0.4))};
    jobs.takes = jobs.period * chance__scale(&history->chance, 0.01, 0.4);
    jobs.kept = jobs.period * chance__scale(&history->chance, 0.05, 0.6);
    batches__add(history, history__site(history, "open", LW_FD_FILE), &jobs);
}

static void storms(struct history *history)
{
    struct chance *chance = &history->chance;
    struct sessions sessions = {.clients = base__number(history, chance__scale(chance, 0.05, 0.6)),
                                .away = history->life * 1e-4,
                                .storms = history->life / chance__scale(chance, 1, 20)};
    sessions.lifetime = (struct lifetime){
        .shape = LOGNORMAL, .mean = sessions.storms * chance__scale(chance, 0.1, 3), .shape_number = 0.8};
    sessions__add(history, history__site(history, "accept4", LW_FD_SOCKET), &sessions);
}

const struct family kept_families[] = {
    {"pool that grows to its most", pool_to_its_most, 30, 30 * DAY, false},
    {"pool that is renewed", pool_renewed, 10 * MINUTE, 10 * DAY, false},
    {"pool that shrinks", pool_that_shrinks, 10 * MINUTE, 10 * DAY, false},
    {"cache that fills", cache_that_fills, 30, 10 * DAY, false},
    {"cache with replacement", cache_with_replacement, 30, 10 * DAY, false},
    {"cache with an age", cache_with_age, 10 * MINUTE, 10 * DAY, false},
    {"warm-up", warm_up, 10, 30 * DAY, false},
    {"slow warm-up", slow_warm_up, 10, 30 * DAY, false},
    {"workers", workers, 30, 10 * DAY, false},
    {"log rotation", rotation, HOUR, 30 * DAY, false},
    {"deployments", deployments, HOUR, 30 * DAY, false},
    {"batch jobs", batch_jobs, 30, 30 * DAY, false},
    {"reconnect storms", storms, 10 * MINUTE, 30 * DAY, false},
    {0},
};
