/* Requests: moments by thinning, lifetimes of several shapes. */
#include "load.h"

#include <math.h>

static bool is_in_burst(const struct rate *rate, double time)
{
    double turn = floor(time / rate->every);
    struct chance chance = chance__new(chance__mix(rate->seed, (uint64_t)turn));
    double begin = (turn + chance__share(&chance)) * rate->every;
    return time >= begin && time < begin + rate->length * chance__between(&chance, 0.5, 1.5);
}

static bool is_weekend(const struct rate *rate, double time)
{
    return fmod(time / rate->period + 7 * rate->phase, 7) >= 5;
}

double rate__at(const struct rate *rate, double time)
{
    if (time < rate->from || (rate->to != 0 && time >= rate->to))
        return 0;
    double now = rate->mean;
    if (rate->swing != 0)
        now *= 1 + rate->swing * sin(2 * acos(-1) * (time / rate->period + rate->phase));
    if (rate->weekend != 0 && is_weekend(rate, time))
        now *= rate->weekend;
    if (rate->growth != 0)
        now *= 1 + rate->growth * fmin(time / rate->over, 1);
    if (rate->step != 0 && time >= rate->step_at)
        now *= rate->step;
    if (rate->burst != 0 && is_in_burst(rate, time))
        now *= rate->burst;
    return now;
}

double rate__highest(const struct rate *rate)
{
    double highest = rate->mean * (1 + rate->swing) * (1 + rate->growth);
    if (rate->step > 1)
        highest *= rate->step;
    return rate->burst > 1 ? highest * rate->burst : highest;
}

double rate__next(const struct rate *rate, struct chance *chance, double time)
{
    double highest = rate__highest(rate);
    if (time < rate->from)
        time = rate->from;
    do {
        time += chance__wait(chance, 1 / highest);
        if (rate->to != 0 && time >= rate->to)
            return INFINITY;
    } while (chance__share(chance) * highest > rate__at(rate, time));
    return time;
}

static double lognormal(struct chance *chance, double mean, double sigma)
{
    return mean * exp(sigma * chance__normal(chance) - sigma * sigma / 2);
}

double lifetime__of(const struct lifetime *lifetime, struct chance *chance)
{
    double lived = lifetime->mean;
    switch (lifetime->shape) {
    case EVENLY:
        lived *= chance__between(chance, 0.5, 1.5);
        break;
    case EXPONENTIAL:
        lived = chance__wait(chance, lived);
        break;
    case LOGNORMAL:
        lived = lognormal(chance, lived, lifetime->shape_number);
        break;
    case PARETO:
        lived *= pow(chance__share(chance), -1 / lifetime->shape_number);
        break;
    case MIXED:
        lived = chance__share(chance) < lifetime->slow ? lognormal(chance, lifetime->slow_mean, lifetime->shape_number)
                                                       : chance__wait(chance, lived);
        break;
    case LEVELS:
        while (chance__share(chance) < lifetime->shape_number)
            lived *= 10;
        lived = chance__wait(chance, lived);
        break;
    }
    return lifetime->longest != 0 && lived > lifetime->longest ? lifetime->longest : lived;
}

/* As it comes out: some have no mean that could be worked out. */
double lifetime__mean(const struct lifetime *lifetime)
{
    enum { TRIES = 4000 };
    struct chance chance = chance__new(77);
    double sum = 0;
    for (unsigned i = 0; i < TRIES; i++)
        sum += lifetime__of(lifetime, &chance);
    return sum / TRIES;
}

struct lifetime lifetime__any(struct chance *chance, double mean)
{
    struct lifetime lifetime = {.shape = EXPONENTIAL, .mean = mean};
    switch (chance__below(chance, 4)) {
    case 0:
        lifetime.shape = EVENLY;
        break;
    case 1:
        lifetime.shape = LOGNORMAL;
        lifetime.shape_number = chance__between(chance, 0.5, 1.5);
        break;
    case 2:
        lifetime.shape = MIXED;
        lifetime.slow = chance__scale(chance, 0.002, 0.1);
        lifetime.slow_mean = mean * chance__between(chance, 5, 20);
        lifetime.shape_number = 0.6;
        break;
    default:
        break;
    }
    lifetime.mean *= mean / lifetime__mean(&lifetime);
    return lifetime;
}

static double collected(const struct collection *collection, struct chance *chance, double time)
{
    if (collection->period == 0)
        return time;
    bool waits = chance__share(chance) < collection->older;
    double period = collection->period * (waits ? collection->great : 1);
    return ceil(time / period) * period;
}

static bool is_forgotten(const struct forgetting *forgetting, struct chance *chance, double time, double *error)
{
    if (time < forgetting->from || (forgetting->to != 0 && time >= forgetting->to))
        return false;
    if (forgetting->errors.mean == 0)
        return chance__share(chance) < forgetting->share;
    if (time < *error)
        return false;
    *error = rate__next(&forgetting->errors, chance, time);
    return true;
}

void requests__add(struct history *history, uint32_t site, const struct requests *requests)
{
    struct chance arrivals = history__chance(history, 10 * site), fates = history__chance(history, 10 * site + 1);
    const struct forgetting *forgetting = &requests->forgetting;
    double error = forgetting->errors.mean != 0 ? rate__next(&forgetting->errors, &fates, forgetting->from) : 0;
    double time = 0;
    while ((time = rate__next(&requests->rate, &arrivals, time)) < history->horizon) {
        double end = time + lifetime__of(&requests->lifetime, &fates);
        if (is_forgotten(forgetting, &fates, time, &error))
            history__leak(history, site, time, time);
        else
            history__add(history, site, time, collected(&requests->collection, &fates, end));
    }
}

double requests__mean_held(const struct requests *requests)
{
    return requests->rate.mean * lifetime__mean(&requests->lifetime);
}
