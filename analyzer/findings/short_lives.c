/* A place that has lived for less than the time in which ages tell anything. */
#include "short_lives.h"

#include "base/heap.h"
#include "base/words.h"
#include "growth/growth.h"

enum { GROWN_AT_LEAST = 8, RELEASED_BY_HABIT = 10 };

#define NANOSECONDS 1e9

static uint64_t lived(const struct growth *growth, const struct growth_site *site)
{
    return growth->now > site->first ? growth->now - site->first : 0;
}

bool short_lives__shows_leak(const struct growth *growth, const struct growth_site *site)
{
    if (lived(growth, site) >= SHORT_LIFE)
        return false;
    if (site->released == 0)
        return site->held >= GROWN_AT_LEAST;
    return site->held > 0 && site->released >= RELEASED_BY_HABIT && site->kind != LW_FD_SOCKET;
}

char *short_lives__sentence(const struct growth *growth, const struct growth_site *site)
{
    char life[WORDS], count[WORDS];
    words__duration(life, (double)lived(growth, site) / NANOSECONDS);
    if (site->released == 0)
        return heap__printed("none of %s taken here was given back, in %s: too short for ages to tell more",
                             words__number(count, site->acquired), life);
    return heap__printed("%s others taken here were given back, in %s: too short for ages to tell more",
                         words__number(count, site->released), life);
}
