/* Programs that lose what they wanted to keep for a while, or never give anything back. */
#include "families.h"

#include <math.h>

static struct requests traffic(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.15);
    if (history->life > DAY)
        requests.rate.swing = chance__between(&history->chance, 0.2, 0.8);
    requests__add(history, history__site(history, "accept4", LW_FD_SOCKET), &requests);
    return requests;
}

/* Such a share of so many that the room lasts for the life. */
static double share_of(const struct history *history, double count, double load)
{
    return fmin(1, history->limit * (1 - load) * 0.9 / count);
}

/* Each request takes one, and nobody ever gives one back. */
static void everything(struct history *history)
{
    struct requests requests = traffic(history);
    requests.rate.mean = history->limit * chance__between(&history->chance, 0.6, 0.8) / history->life;
    requests.forgetting = (struct forgetting){.share = 1};
    requests__add(history, history__site(history, "socket", LW_FD_SOCKET), &requests);
}

static void whole_batches(struct history *history)
{
    traffic(history);
    double count = chance__scale(&history->chance, 12, 120);
    unsigned each = (unsigned)fmax(1, history->limit * 0.7 / count);
    struct batches jobs = {.period = history->life / count, .jitter = 0.2, .least = each, .most = each, .lost = 1};
    jobs.takes = jobs.period * chance__scale(&history->chance, 0.01, 0.4);
    batches__add(history, history__site(history, "open", LW_FD_FILE), &jobs);
}

/* Each batch gives back nearly all. */
static void some_of_each_batch(struct history *history)
{
    traffic(history);
    double count = chance__scale(&history->chance, 20, 200);
    struct batches jobs = {.period = history->life / count, .jitter = 0.2, .least = 5};
    jobs.most = 5 + base__number(history, 0.3);
    jobs.takes = jobs.period * chance__scale(&history->chance, 0.01, 0.3);
    jobs.kept = jobs.period * chance__scale(&history->chance, 0.05, 0.6);
    jobs.lost = share_of(history, count * (jobs.least + jobs.most) / 2, 0.45);
    batches__add(history, history__site(history, "open", LW_FD_FILE), &jobs);
}

/* The old file is not closed, now and then. */
static void old_logs(struct history *history)
{
    history->limit = history->limit > 256 ? 256 : history->limit;
    traffic(history);
    double count = history->limit * chance__between(&history->chance, 1, 3);
    struct batches logs = {.period = history->life / count,
                           .jitter = 0.02,
                           .takes = 0.01,
                           .least = 1 + chance__below(&history->chance, 3)};
    logs.most = logs.least;
    logs.lost = share_of(history, count * logs.most, 0.2);
    batches__add(history, history__site(history, "fopen", LW_STREAM_FILE), &logs);
}

static void of_each_reload(struct history *history)
{
    history->limit = history->limit > 256 ? 256 : history->limit;
    traffic(history);
    double count = history->limit / 4.0;
    struct batches reloads = {.period = history->life / count, .jitter = 0.8, .least = 10, .most = 30};
    reloads.takes = reloads.period * 0.001;
    reloads.lost = share_of(history, count * 20, 0.4);
    batches__add(history, history__site(history, "open", LW_FD_FILE), &reloads);
}

/* A connection that met an error is not put back. */
static void out_of_a_pool(struct history *history)
{
    struct requests demand = traffic(history);
    double count = demand.rate.mean * history->life;
    struct pool pool = {.demand = demand, .most = base__number(history, 0.3)};
    pool.demand.lifetime.mean = 0.05 * history->limit / demand.rate.mean;
    pool.demand.lifetime.slow_mean = 3 * pool.demand.lifetime.mean;
    pool.idle = history->life / chance__scale(&history->chance, 20, 200);
    pool.longest = history->life / chance__scale(&history->chance, 10, 100);
    pool.lost = share_of(history, count, 0.4);
    pool__add(history, history__site(history, "connect", LW_FD_SOCKET), &pool);
}

static void out_of_a_cache(struct history *history)
{
    struct rate rate = traffic(history).rate;
    unsigned capacity = base__number(history, chance__between(&history->chance, 0.05, 0.25));
    struct cache cache = {.rate = rate, .capacity = capacity, .skew = chance__between(&history->chance, 0.6, 1.3)};
    cache.keys = capacity * (3 + chance__below(&history->chance, 30));
    cache.lost = share_of(history, rate.mean * history->life * 0.5, 0.4);
    cache__add(history, history__site(history, "open", LW_FD_FILE), &cache);
}

static void out_of_a_cache_with_age(struct history *history)
{
    struct rate rate = traffic(history).rate;
    struct cache cache = {.rate = rate, .skew = 0.7, .keys = base__number(history, 1)};
    cache.unused = history->life / chance__scale(&history->chance, 300, 3000);
    rate.mean = 0.1 * history->limit / cache.unused;
    cache.rate = rate;
    cache.lost = share_of(history, rate.mean * history->life * 0.7, 0.3);
    cache__add(history, history__site(history, "open", LW_FD_FILE), &cache);
}

/* What went down is connected again, and the old socket forgotten. */
static void of_each_reconnection(struct history *history)
{
    struct chance *chance = &history->chance;
    traffic(history);
    struct sessions sessions = {.clients = base__number(history, chance__scale(chance, 0.02, 0.2)),
                                .away = history->life * 1e-4,
                                .storms = history->life / chance__scale(chance, 10, 40)};
    double mean = sessions.storms * chance__scale(chance, 0.05, 0.5);
    sessions.lifetime = (struct lifetime){.shape = LOGNORMAL, .mean = mean, .shape_number = 0.8};
    sessions.lost = share_of(history, sessions.clients * history->life / mean, 0.35);
    sessions__add(history, history__site(history, "connect", LW_FD_SOCKET), &sessions);
}

/* The place beside it keeps all it takes, too, and is right to do so. */
static void beside_a_cache(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.1);
    requests.forgetting.share = base__forgetting(history, &requests, 0.3);
    requests__add(history, history__site(history, "inotify_init1", LW_FD_INOTIFY), &requests);
    struct cache cache = {.rate = requests.rate, .keys = base__number(history, 0.15), .skew = 0.8};
    cache__add(history, history__site(history, "open", LW_FD_FILE), &cache);
}

const struct family loss_families[] = {
    {"everything", everything, 10, 30 * DAY, false},
    {"whole batches", whole_batches, MINUTE, 30 * DAY, false},
    {"some of each batch", some_of_each_batch, MINUTE, 30 * DAY, false},
    {"old logs", old_logs, HOUR, 30 * DAY, false},
    {"of each reload", of_each_reload, HOUR, 30 * DAY, false},
    {"out of a pool", out_of_a_pool, 10 * MINUTE, 10 * DAY, false},
    {"out of a cache", out_of_a_cache, 30, 10 * DAY, false},
    {"out of a cache with an age", out_of_a_cache_with_age, 10 * MINUTE, 10 * DAY, false},
    {"of each reconnection", of_each_reconnection, 10 * MINUTE, 30 * DAY, false},
    {"beside a cache that fills", beside_a_cache, 30, 10 * DAY, false},
    {0},
};
