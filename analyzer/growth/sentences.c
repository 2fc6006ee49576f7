/* Why a site is judged so, in words that a user can check. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/heap.h"
#include "base/words.h"
#include "growth.h"

#define NANOSECONDS 1e9
#define PERCENT 100

struct case_ {
    const struct growth *growth;
    const struct growth_site *site;
    const struct growth_judgement *judgement;
};

static double seconds(uint64_t nanoseconds)
{
    return (double)nanoseconds / NANOSECONDS;
}

/* "of 41,200 taken here 37 are held for more than 4.3 s, though 99.9 % of the others were given back within 2.1 s" */
static char *outliving(const struct case_ *the)
{
    char taken[WORDS], old[WORDS], beyond[WORDS], usual[WORDS];
    const struct growth_judgement *judgement = the->judgement;
    words__number(taken, the->site->acquired);
    words__number(old, judgement->old);
    words__brief(beyond, seconds(judgement->beyond));
    if (judgement->usual == 0)
        return heap__printed("of %s taken here %s are held for more than %s", taken, old, beyond);
    return heap__printed("of %s taken here %s are held for more than %s, though %.*f %% of the others were given back "
                         "within %s",
                         taken, old, beyond, judgement->share < 1 ? 1 : 0, floor(judgement->share * PERCENT * 10) / 10,
                         words__brief(usual, seconds(judgement->usual)));
}

/* Seconds since the last one that counts. */
static double last_came(const struct case_ *the)
{
    const struct growth_judgement *judgement = the->judgement;
    return judgement->pause + seconds(judgement->beyond) + seconds(the->growth->now - judgement->time);
}

/* Takes both over. */
static char *followed_by(char *start, char *rest)
{
    char *text = heap__printed("%s%s", start, rest);
    free(start);
    free(rest);
    return text;
}

static char *going_on(const struct case_ *the)
{
    char span[WORDS], ago[WORDS];
    words__duration(span, the->judgement->window);
    return followed_by(outliving(the), heap__printed("; these came over %s, the last one %s ago", span,
                                                     words__duration(ago, last_came(the))));
}

static char *few(const struct case_ *the)
{
    return followed_by(outliving(the), heap__copied("; too few to tell whether it goes on"));
}

static char *stopped(const struct case_ *the)
{
    char ago[WORDS];
    words__duration(ago, last_came(the));
    return followed_by(outliving(the),
                       the->growth->lost > 0
                           ? heap__printed("; none is recorded since %s, as resources find no room in the ledger", ago)
                           : heap__printed("; none came since %s: it may have stopped", ago));
}

static char *from_the_start(const struct case_ *the)
{
    char old[WORDS];
    return heap__printed("%s are held longer than any other, but nearly all of these were taken at the start",
                         words__number(old, the->judgement->old));
}

static char *coming_back(const struct case_ *the)
{
    char oldest[WORDS], longest[WORDS];
    unsigned last = LW_LIFETIMES - 1;
    uint64_t birth = the->site->births[0], now = the->growth->now;
    while (last > 0 && the->site->lifetimes[last] == 0)
        last--;
    words__duration(oldest, seconds(now > birth ? now - birth : 0));
    words__duration(longest, seconds(1ULL << (LW_LIFETIME_SHIFT + last)));
    return heap__printed("held for at most %s, others took up to %s", oldest, longest);
}

/* "none of 310 taken here was ever given back" */
static char *never(const struct case_ *the)
{
    char taken[WORDS], released[WORDS];
    words__number(taken, the->site->acquired);
    if (the->site->released == 0)
        return heap__printed("none of %s taken here was ever given back", taken);
    words__number(released, the->site->released);
    return heap__printed("only %s of %s taken here %s ever given back", released, taken,
                         words__plural(the->site->released, "was", "were"));
}

/* ", and hold 30 % of the limit" */
static const char *share_of_limit(char text[WORDS], const struct case_ *the)
{
    double share = the->judgement->of_limit;
    text[0] = '\0';
    if (share > 0)
        snprintf(text, WORDS,
                 share < 0.01 ? ", and hold less than 1 %% of the limit" : ", and hold %.0f %% of the limit",
                 share * PERCENT);
    return text;
}

static char *evenly(const struct case_ *the)
{
    char share[WORDS];
    return followed_by(never(the), heap__printed("; they come evenly%s; a cache that is being filled looks the same",
                                                 share_of_limit(share, the)));
}

static char *filling(const struct case_ *the)
{
    char share[WORDS];
    return followed_by(never(the),
                       heap__printed("; they go on coming%s; a pool or cache that is being filled looks the same",
                                     share_of_limit(share, the)));
}

static char *replacing(const struct case_ *the)
{
    return followed_by(never(the),
                       heap__copied("; but others were given back as these came, which may take their place"));
}

static char *ended(const struct case_ *the)
{
    char taken[WORDS], over[WORDS];
    return heap__printed("of %s started here %s have ended, and nobody has joined them; they come evenly",
                         words__number(taken, the->site->acquired), words__number(over, the->site->ended));
}

static char *never_few(const struct case_ *the)
{
    return followed_by(never(the),
                       heap__copied(the->growth->lost > 0 ? ", but they are few, or find no room in the ledger"
                                                          : ", but they are few, or none came of late"));
}

static char *still_so(const struct case_ *the)
{
    return followed_by(outliving(the),
                       heap__copied("; it was leaking at the look before, and what was held then still is"));
}

static char *known_plateau(const struct case_ *the)
{
    const struct growth_judgement *judgement = the->judgement;
    char runs[WORDS], plateau[WORDS];
    words__number(runs, judgement->plateau_runs);
    return followed_by(never(the), heap__printed(", but in %s earlier %s this place stayed below %s", runs,
                                                 words__plural(judgement->plateau_runs, "run", "runs"),
                                                 words__number(plateau, judgement->plateau + 1)));
}

static char *nothing_held(const struct case_ *the)
{
    (void)the;
    return heap__copied("nothing is held");
}

static char *(*const writers[])(const struct case_ *the) = {
    [GROWTH_NOTHING_HELD] = nothing_held,   [GROWTH_OLD_ONES_COME_BACK] = coming_back,
    [GROWTH_OUTLIVES] = going_on,           [GROWTH_OUTLIVES_FEW] = few,
    [GROWTH_OUTLIVES_STOPPED] = stopped,    [GROWTH_FROM_THE_START] = from_the_start,
    [GROWTH_NEVER_EVENLY] = evenly,         [GROWTH_NEVER_FILLING] = filling,
    [GROWTH_NEVER_ENDED] = ended,           [GROWTH_NEVER_REPLACING] = replacing,
    [GROWTH_NEVER_FEW] = never_few,         [GROWTH_STILL_SO] = still_so,
    [GROWTH_KNOWN_PLATEAU] = known_plateau,
};

char *growth__sentence(const struct growth *growth, size_t place)
{
    const struct case_ the = {growth, &growth->sites[place], &growth->judgements[place]};
    return writers[the.judgement->reason](&the);
}

char *growth__forecast_sentence(const struct growth_forecast *forecast, uint64_t limit, const char *what)
{
    char number[WORDS], range[WORDS], point[WORDS];
    const char *condition = forecast->is_conditional ? "if what is suspect goes on, " : "";
    words__number(number, limit);
    if (!forecast->is_given && isfinite(forecast->point)) /* the pace is known, though not whether it lasts */
        return heap__printed("%sat this pace the limit of %s %s is reached in about %s (too early to be sure)",
                             condition, number, what, words__range(point, forecast->point, forecast->point));
    if (!forecast->is_given)
        return heap__printed("no hit of the limit of %s %s is foretold: %s", number, what, forecast->why_not);
    words__range(range, forecast->earliest, forecast->latest);
    words__duration(point, forecast->point);
    return heap__printed("%s%s %s are reached in %s, most likely in %s%s", condition, number, what, range, point,
                         forecast->is_young ? " (less than a day seen: a daily cycle is not known)" : "");
}
