/* Programs in which some requests forget what they took: the others of the same place give it back. */
#include "families.h"

#include <math.h>

/* Where requests forget; and other sites that do not. */
static void serve(struct history *history, struct requests *requests, double load)
{
    uint32_t site = history__site(history, "accept4", LW_FD_SOCKET);
    load += base__beside(history, &requests->rate, 0.2);
    if (requests->forgetting.share == 0)
        requests->forgetting.share = base__forgetting(history, requests, load);
    requests__add(history, site, requests);
}

static double held_by(const struct history *history, const struct requests *requests)
{
    return requests__mean_held(requests) / history->limit;
}

static void one_in_n(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.4);
    serve(history, &requests, held_by(history, &requests));
}

static void one_in_n_daily(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.25);
    requests.rate.swing = chance__between(&history->chance, 0.3, 0.95);
    requests.rate.phase = chance__share(&history->chance);
    serve(history, &requests, held_by(history, &requests));
}

static void one_in_n_weekly(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.25);
    requests.rate.swing = chance__between(&history->chance, 0.3, 0.9);
    requests.rate.phase = chance__share(&history->chance);
    requests.rate.weekend = chance__between(&history->chance, 0.05, 0.5);
    serve(history, &requests, held_by(history, &requests));
}

static void one_in_n_in_waves(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.25);
    requests.rate.swing = chance__between(&history->chance, 0.5, 1);
    requests.rate.period = history->life / chance__scale(&history->chance, 1, 20);
    requests.rate.phase = chance__share(&history->chance);
    serve(history, &requests, held_by(history, &requests));
}

/* A few a day, of very many. */
static void slow_under_load(struct history *history)
{
    struct requests requests = base__requests(history, chance__between(&history->chance, 0.3, 0.6));
    requests.rate.swing = chance__between(&history->chance, 0.1, 0.3);
    serve(history, &requests, held_by(history, &requests) * 1.2);
}

static void on_errors(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.3);
    history->limit = history->limit > 512 ? 512 : history->limit;
    requests.forgetting.errors.mean = 0.6 * history->limit / history->life;
    requests.forgetting.share = 1;
    serve(history, &requests, 0);
}

/* Errors that come in storms: a peer that is down. */
static void on_error_storms(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.2);
    struct rate *errors = &requests.forgetting.errors;
    errors->every = history->life / chance__scale(&history->chance, 10, 60);
    errors->length = errors->every * chance__scale(&history->chance, 0.03, 0.3);
    errors->burst = chance__scale(&history->chance, 10, 100);
    errors->seed = history->seed;
    errors->mean = 0.6 * history->limit / history->life / (1 + errors->burst * errors->length / errors->every);
    requests.forgetting.share = 1;
    serve(history, &requests, 0);
}

/* It is mended, or its cause goes away, when it has taken much of the room. */
static void that_stops(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.2);
    double share = chance__between(&history->chance, 0.2, 0.4);
    history->stops = history->life * share;
    requests.forgetting.share = base__forgetting(history, &requests, 0.2) * chance__between(&history->chance, 0.3, 0.8);
    requests.forgetting.share = fmin(requests.forgetting.share / share, 0.9);
    requests.forgetting.to = history->stops;
    serve(history, &requests, 0);
}

/* A fault that was rolled out, or an error that was met for the first time, long after the start. */
static void that_begins_late(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.2);
    requests.forgetting.from = history->life * chance__between(&history->chance, 0.2, 0.7);
    serve(history, &requests, held_by(history, &requests));
}

static void under_growing_load(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.1);
    requests.rate.growth = chance__scale(&history->chance, 1, 6);
    requests.rate.over = 1.4 * history->life;
    requests.rate.mean /= 1 + requests.rate.growth / 2;
    serve(history, &requests, held_by(history, &requests) * (1 + requests.rate.growth));
}

static void under_bursts(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.05);
    requests.rate.every = history->life / chance__scale(&history->chance, 10, 60);
    requests.rate.length = requests.rate.every * chance__scale(&history->chance, 0.02, 0.2);
    requests.rate.burst = chance__scale(&history->chance, 3, 10);
    requests.rate.mean /= 1 + requests.rate.burst * requests.rate.length / requests.rate.every;
    serve(history, &requests, held_by(history, &requests) * requests.rate.burst / 2);
}

static void beside_keep_alive(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.2);
    double mean = requests.lifetime.mean;
    requests.lifetime =
        (struct lifetime){.shape = PARETO, .mean = mean, .shape_number = chance__between(&history->chance, 1, 1.8)};
    requests.lifetime.mean *= mean / lifetime__mean(&requests.lifetime);
    serve(history, &requests, held_by(history, &requests));
}

static void among_long_polls(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.3);
    double mean = requests.lifetime.mean;
    requests.lifetime = (struct lifetime){.shape = EXPONENTIAL, .mean = mean, .longest = 1.2 * mean};
    serve(history, &requests, held_by(history, &requests));
}

/* Sessions of hours: a leak is told from them when it is older than they get. */
static void among_long_sessions(struct history *history)
{
    struct requests requests = base__requests(history, 0.2);
    double mean = history->life * chance__scale(&history->chance, 0.005, 0.05);
    requests.lifetime =
        (struct lifetime){.shape = LOGNORMAL, .mean = mean, .shape_number = chance__between(&history->chance, 0.4, 1)};
    requests.rate.mean = 0.2 * history->limit / mean;
    serve(history, &requests, 0.25);
}

static void among_mixed(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.1);
    requests.lifetime.shape = MIXED;
    requests.lifetime.shape_number = chance__between(&history->chance, 0.3, 0.8);
    requests.lifetime.slow = chance__scale(&history->chance, 0.001, 0.01);
    requests.lifetime.slow_mean = history->life * chance__scale(&history->chance, 0.005, 0.05);
    double load = held_by(history, &requests);
    serve(history, &requests, load < 0.5 ? load : 0.5);
}

static void among_garbage(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.1);
    requests.collection = (struct collection){.period = history->life / chance__scale(&history->chance, 30, 500),
                                              .older = chance__between(&history->chance, 0, 0.1),
                                              .great = 2 + chance__below(&history->chance, 6)};
    requests.rate.mean = 0.15 * history->limit / requests.collection.period;
    serve(history, &requests, 0.25);
}

/* Two places, of which the slower one would be overlooked. */
static void two_at_once(struct history *history)
{
    for (unsigned i = 0; i < 2; i++) {
        struct requests requests = base__any_requests(history, 0.15);
        uint32_t site = history__site(history, i ? "openat" : "accept4", i ? LW_FD_FILE : LW_FD_SOCKET);
        double part = chance__between(&history->chance, 0.2, 0.8);
        requests.forgetting.share = base__forgetting(history, &requests, 0.3) * part;
        requests__add(history, site, &requests);
    }
    struct requests others = base__any_requests(history, 0.2);
    base__beside(history, &others.rate, 0.2);
}

/* What is slow is asked for again: the more is lost, the more is lost. */
static void that_speeds_up(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.2);
    struct rate *errors = &requests.forgetting.errors;
    errors->growth = chance__scale(&history->chance, 3, 15);
    errors->over = 1.4 * history->life;
    errors->mean = 0.6 * history->limit / history->life / (1 + errors->growth / 3);
    requests.forgetting.share = 1;
    serve(history, &requests, 0);
}

/* Every so often a place is at work, and not between. */
static void at_night(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.1);
    struct rate *errors = &requests.forgetting.errors;
    *errors = (struct rate){.swing = 1, .period = DAY, .phase = chance__share(&history->chance)};
    errors->mean = 0.6 * history->limit / history->life;
    requests.forgetting.share = 1;
    serve(history, &requests, 0);
}

/* Much is taken at the start, for life, and then some requests forget. */
static void after_a_warm_up(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.2);
    double share = chance__scale(&history->chance, 0.05, 0.3);
    uint32_t start = history__site(history, "open", LW_FD_FILE);
    start__add(history, start, base__number(history, share), history->life * 0.02);
    serve(history, &requests, share + held_by(history, &requests));
}

/* Threads that nobody joins: they take no descriptors. */
static void threads(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.05);
    requests.forgetting.share = base__forgetting(history, &requests, 0.2);
    requests__add(history, history__site(history, "pthread_create", LW_THREAD), &requests);
    struct requests others = base__any_requests(history, 0.2);
    requests__add(history, history__site(history, "accept4", LW_FD_SOCKET), &others);
}

static void streams(struct history *history)
{
    struct requests requests = base__any_requests(history, 0.2);
    requests.forgetting.share = base__forgetting(history, &requests, 0.2);
    requests__add(history, history__site(history, "fopen", LW_STREAM_FILE), &requests);
    base__beside(history, &requests.rate, 0.2);
}

const struct family leak_families[] = {
    {"one in n requests", one_in_n, 10, 30 * DAY, false},
    {"one in n, daily load", one_in_n_daily, 0.5 * DAY, 30 * DAY, false},
    {"one in n, weekly load", one_in_n_weekly, 5 * DAY, 30 * DAY, false},
    {"one in n, in waves", one_in_n_in_waves, 30, 30 * DAY, false},
    {"slow under heavy load", slow_under_load, HOUR, 30 * DAY, false},
    {"on rare errors", on_errors, 30, 30 * DAY, false},
    {"on storms of errors", on_error_storms, 10 * MINUTE, 30 * DAY, false},
    {"a leak that stops", that_stops, 30, 10 * DAY, true},
    {"a leak that begins late", that_begins_late, MINUTE, 30 * DAY, false},
    {"under growing load", under_growing_load, 30, 30 * DAY, false},
    {"under bursts", under_bursts, 30, 30 * DAY, false},
    {"beside keep-alive", beside_keep_alive, 30, 30 * DAY, false},
    {"among long polls", among_long_polls, 10 * MINUTE, 10 * DAY, false},
    {"among long sessions", among_long_sessions, HOUR, 30 * DAY, false},
    {"among short and long", among_mixed, 10 * MINUTE, 10 * DAY, false},
    {"among garbage", among_garbage, 30, 3 * DAY, false},
    {"two at once", two_at_once, 30, 30 * DAY, false},
    {"a leak that speeds up", that_speeds_up, 30, 30 * DAY, false},
    {"at night", at_night, 3 * DAY, 30 * DAY, false},
    {"after a warm-up", after_a_warm_up, 10, 10 * DAY, false},
    {"threads not joined", threads, 30, 10 * DAY, true},
    {"streams", streams, 30, 10 * DAY, false},
    {0},
};
