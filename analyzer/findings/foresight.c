/* How long before its table of descriptors was full a process's leak would have been told. */
#include "foresight.h"

#include "base/numbers.h"
#include "short_lives.h"

enum { MOMENTS = 64 };

struct past {
    const struct growth_site *site;
    uint64_t full, limit;
};

static size_t born_by(const struct growth_site *site, uint64_t time)
{
    return numbers__until(site->births, site->held, time);
}

/* Its part of all that was given back until the last of it was taken. */
static void scale(struct growth_site *then, const struct growth_site *site, uint64_t time)
{
    double whole = (double)(site->last > site->first ? site->last - site->first : 1),
           part = (double)(time - site->first) / whole;
    then->released = 0;
    for (unsigned k = 0; k < LW_LIFETIMES; k++) {
        then->lifetimes[k] = (uint32_t)(site->lifetimes[k] * (part < 1 ? part : 1) + 0.5);
        then->released += then->lifetimes[k];
    }
}

static bool was_leaking(const struct past *past, uint64_t time)
{
    struct growth_site then = *past->site;
    if (time < then.first + SHORT_LIFE)
        return false;
    then.held = born_by(past->site, time);
    scale(&then, past->site, time);
    then.acquired = then.held + then.released;
    const struct growth_context context = {.now = time, .limit = past->limit};
    return growth__judge(&then, &context).verdict == GROWTH_LEAKING;
}

static uint64_t moment(const struct past *past, size_t count, unsigned number)
{
    return number < MOMENTS ? past->site->births[(count - 1) * number / MOMENTS] : past->full;
}

/* Moments are as many births apart. Between the last that did not say so and the next one, by halves. */
static uint64_t known_since(const struct past *past)
{
    size_t count = born_by(past->site, past->full);
    unsigned number = MOMENTS;
    if (count == 0 || !was_leaking(past, past->full))
        return 0;
    while (number > 0 && was_leaking(past, moment(past, count, number - 1)))
        number--;
    uint64_t low = number > 0 ? moment(past, count, number - 1) : past->site->first, high = moment(past, count, number);
    while (high - low > (past->full - past->site->first) / 4096 + 1) {
        uint64_t middle = low + (high - low) / 2;
        if (was_leaking(past, middle))
            high = middle;
        else
            low = middle;
    }
    return high;
}

bool foresight__of(const struct growth *growth, uint64_t full, uint64_t limit, struct foresight *foresight)
{
    size_t most = 0;
    for (size_t i = 0; i < growth->site_count; i++) {
        const struct growth_site *site = &growth->sites[i];
        const struct past past = {.site = site, .full = full, .limit = limit};
        size_t held = born_by(site, full);
        if (site->descriptors == 0 || held <= most)
            continue;
        uint64_t since = known_since(&past);
        if (since == 0 || since >= full)
            continue;
        most = held;
        *foresight = (struct foresight){.site = site->number, .time = since, .held = born_by(site, since)};
    }
    return most > 0;
}
