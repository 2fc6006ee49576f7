/* Programs that give everything back: their totals rise and fall with what there is to do. */
#include "families.h"

#include <math.h>

/* One site that serves, others beside it. */
static void serve(struct history *history, const struct requests *requests)
{
    uint32_t site = history__site(history, "accept4", LW_FD_SOCKET);
    base__beside(history, &requests->rate, 0.2);
    requests__add(history, site, requests);
}

static void constant(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.5);
    serve(history, &requests);
}

static void daily(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.4);
    requests.rate.swing = chance__between(&history->chance, 0.3, 0.95);
    requests.rate.phase = chance__share(&history->chance);
    serve(history, &requests);
}

static void weekly(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.4);
    requests.rate.swing = chance__between(&history->chance, 0.3, 0.9);
    requests.rate.phase = chance__share(&history->chance);
    requests.rate.weekend = chance__between(&history->chance, 0.05, 0.5);
    serve(history, &requests);
}

/* A cycle that is none of the calendar's: jobs that come every so often. */
static void waves(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.4);
    requests.rate.swing = chance__between(&history->chance, 0.5, 1);
    requests.rate.period = history->life / chance__scale(&history->chance, 0.4, 20);
    requests.rate.phase = chance__share(&history->chance);
    serve(history, &requests);
}

static void bursty(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.1);
    requests.rate.every = history->life / chance__scale(&history->chance, 3, 60);
    requests.rate.length = requests.rate.every * chance__scale(&history->chance, 0.01, 0.2);
    requests.rate.burst = chance__scale(&history->chance, 3, 20);
    requests.rate.mean /= 2;
    serve(history, &requests);
}

static void growing(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.2);
    requests.rate.growth = chance__scale(&history->chance, 2, 10);
    requests.rate.over = history->life;
    requests.rate.mean /= 1 + requests.rate.growth / 2;
    serve(history, &requests);
}

static void stepping(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.2);
    requests.rate.step = chance__scale(&history->chance, 2, 8);
    requests.rate.step_at = history->life * chance__between(&history->chance, 0.1, 0.9);
    serve(history, &requests);
}

/* Connections that live as long as their clients like: most are short, some are very long, up to a time-out or not. */
static void keep_alive(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.3);
    double mean = requests.lifetime.mean;
    requests.lifetime =
        (struct lifetime){.shape = PARETO, .mean = mean, .shape_number = chance__between(&history->chance, 0.6, 1.8)};
    if (chance__share(&history->chance) < 0.5)
        requests.lifetime.longest = mean * chance__scale(&history->chance, 20, 2000);
    requests.lifetime.mean *= mean / lifetime__mean(&requests.lifetime);
    serve(history, &requests);
}

/* Few clients that stay for as long as a working day, or for much of the program's life. */
static void long_sessions(struct history *history)
{
    struct requests requests = base__requests(history, chance__scale(&history->chance, 0.05, 0.5));
    double mean = history->life * chance__scale(&history->chance, 0.01, 0.15);
    requests.lifetime = (struct lifetime){
        .shape = LOGNORMAL, .mean = mean, .shape_number = chance__between(&history->chance, 0.5, 1.2)};
    requests.rate.mean *= requests.lifetime.mean > 0 ? 0.25 * history->limit / requests__mean_held(&requests) : 1;
    serve(history, &requests);
}

static void long_polls(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.4);
    double mean = requests.lifetime.mean;
    requests.lifetime = (struct lifetime){.shape = EXPONENTIAL, .mean = mean, .longest = 1.2 * mean};
    serve(history, &requests);
}

/* Short requests and long sessions at one place. */
static void mixed(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.1);
    requests.lifetime.shape = MIXED;
    requests.lifetime.shape_number = chance__between(&history->chance, 0.3, 0.8);
    requests.lifetime.slow = chance__scale(&history->chance, 0.001, 0.02);
    requests.lifetime.slow_mean = history->life * chance__scale(&history->chance, 0.01, 0.15);
    serve(history, &requests);
}

/* A garbage collector gives back what nobody refers to any more, the older things seldom. */
static void collector(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.1);
    requests.collection = (struct collection){.period = history->life / chance__scale(&history->chance, 10, 500),
                                              .older = chance__between(&history->chance, 0, 0.2),
                                              .great = 2 + chance__below(&history->chance, 8)};
    requests.rate.mean = 0.2 * history->limit / requests.collection.period;
    serve(history, &requests);
}

/* What is released is released much later than anything else that is done. */
static void late(struct history *history)
{
    struct requests requests = base__requests(history, 0.1);
    double mean = history->life * chance__scale(&history->chance, 0.03, 0.3);
    requests.lifetime = (struct lifetime){.shape = EVENLY, .mean = mean};
    requests.rate.mean = 0.3 * history->limit / mean;
    serve(history, &requests);
}

/* Clients that do not read hold their connections without end, or nearly so. */
static void slow_clients(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.05);
    requests.lifetime = (struct lifetime){.shape = PARETO,
                                          .mean = requests.lifetime.mean / 10,
                                          .shape_number = chance__between(&history->chance, 0.35, 0.8),
                                          .longest = history->life * chance__between(&history->chance, 0.1, 0.5)};
    serve(history, &requests);
}

/* Files of a store that merges small ones to larger ones, which live ten times as long. */
static void merging(struct history *history)
{
    struct requests requests = base__requests(history, 0.02);
    requests.rate.mean /= 5;
    requests.lifetime = (struct lifetime){
        .shape = LEVELS, .mean = history->life / 3000, .shape_number = chance__between(&history->chance, 0.05, 0.12)};
    serve(history, &requests);
}

const struct family load_families[] = {
    {"constant load", constant, 10, 30 * DAY, false},
    {"daily load", daily, 0.5 * DAY, 30 * DAY, false},
    {"weekly load", weekly, 5 * DAY, 30 * DAY, false},
    {"waves", waves, 30, 30 * DAY, false},
    {"bursts", bursty, 30, 30 * DAY, false},
    {"growing load", growing, 30, 30 * DAY, false},
    {"load that steps up", stepping, 30, 30 * DAY, false},
    {"keep-alive", keep_alive, 30, 30 * DAY, false},
    {"long sessions", long_sessions, HOUR, 30 * DAY, false},
    {"long polls", long_polls, 10 * MINUTE, 10 * DAY, false},
    {"short and long mixed", mixed, 10 * MINUTE, 10 * DAY, false},
    {"garbage collector", collector, 30, 3 * DAY, false},
    {"released much later", late, MINUTE, 10 * DAY, false},
    {"slow clients", slow_clients, 10 * MINUTE, 30 * DAY, false},
    {"merged files", merging, 10 * MINUTE, 30 * DAY, false},
    {0},
};
