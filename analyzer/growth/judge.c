/* Does a site leak? What it holds is compared with how long others of it lived.
 *
 * DESIGN. Of what was given back the histogram of lifetimes tells how fast it dies; of what is held each birth is known. Both
 * are laid against the doublings of age: from an edge c on, E doublings were lived through and D deaths seen in them. Load
 * dies at every age (even Pareto's, at a constant rate for each doubling), what leaked does not. The edge that bounds the
 * deaths best, with 95 % certainty, separates the two: with at most one death in five doublings, what is older than c
 * is not coming back. Whether it is a leak is told by when it was born: a pool, a cache and a warm-up were filled early, a
 * leak goes on. The first tenth of the window is warm-up in any case.
 *
 * Where a site has no habit of giving back there is nothing to compare with: then only much of the limit, taken evenly,
 * counts as a leak. */
#include <math.h>
#include <string.h>

#include "base/numbers.h"
#include "growth.h"
#include "statistics.h"
#include "window.h"

#define DEATHS_AT_MOST 0.20 /* in a doubling of age */
#define CERTAIN 0.95
#define LIKELY 0.10
#define HABIT_SHARE 0.05
#define LATE_AT_LEAST 0.12
#define LONGEST_PAUSE 0.4
#define CAME_AT_LEAST 0.2 /* of the old ones, behind the warm-up */
#define NEVER_LATE_AT_LEAST 0.10
#define NEVER_LATE_EVENLY 0.25
#define NEVER_GAP 0.33
#define NEVER_GAP_LONG 0.25
#define LAPLACE 3.0
#define LIMIT_EVENLY 0.2
#define LIMIT_ANYHOW 0.5
#define REPLACED 0.5
#define FILLED_SHARE 0.8
#define FILLED_EARLY 0.05
#define SURVIVORS 0.9
#define NEARLY_ALL 0.999
#define NANOSECONDS 1e9

enum { HABIT_AT_LEAST = 10, MOMENTS_AT_LEAST = 5, MANY = 16, FEW = 4, PAUSES_AT_LEAST = 3, SOME_OF = 50 };

const char *growth__verdict_name(enum growth_verdict verdict)
{
    static const char *const names[] = {"steady", "load", "for-life", "suspect", "leaking"};
    return names[verdict];
}

static uint64_t edge(unsigned k)
{
    return 1ULL << (LW_LIFETIME_SHIFT + k);
}

static double age_of(uint64_t birth, uint64_t now)
{
    return now > birth ? (double)(now - birth) : 0;
}

static uint64_t released_within(const struct growth_site *site, unsigned k)
{
    uint64_t sum = 0;
    for (unsigned j = 0; j <= k; j++)
        sum += site->lifetimes[j];
    return sum;
}

/* Doublings of age beyond the edge that those lived through which died beyond it. */
static double doublings_of_dead(const struct growth_site *site, unsigned k)
{
    double sum = 0;
    for (unsigned j = k + 1; j < LW_LIFETIMES; j++)
        sum += site->lifetimes[j] * (j - k - 0.5);
    return sum;
}

static size_t held_before(const struct growth_site *site, uint64_t time)
{
    return time > 0 ? numbers__until(site->births, site->held, time - 1) : 0;
}

static size_t held_beyond(const struct growth_site *site, uint64_t now, uint64_t age)
{
    return now > age ? held_before(site, now - age) : 0;
}

/* The edge that tells best those which are not coming back. */
struct separation {
    double deaths; /* at most, in a doubling of age */
    uint64_t beyond;
    size_t old;
};

/* From the oldest edge on: the ages' logarithms are added up once. */
static struct separation separate(const struct growth_site *site, uint64_t now)
{
    struct separation best = {.deaths = INFINITY};
    uint64_t oldest = (uint64_t)age_of(site->births[0], now);
    double logarithms = 0;
    size_t summed = 0;
    for (unsigned k = LW_LIFETIMES - 1; k-- > 0;) {
        uint64_t within = released_within(site, k), beyond = site->released - within;
        if (within * 2 < site->released) /* the edge must lie above the median */
            break;
        if (edge(k) >= oldest && beyond == 0)
            continue;
        size_t old = held_beyond(site, now, edge(k));
        for (; summed < old; summed++)
            logarithms += log2(age_of(site->births[summed], now));
        double lived = logarithms - (double)old * (double)(LW_LIFETIME_SHIFT + k) + doublings_of_dead(site, k);
        if (lived <= 0 && beyond > 0)
            break;
        if (lived <= 0)
            continue;
        if (beyond > 0 && statistics__gamma_quantile(LIKELY, (double)beyond) / lived > DEATHS_AT_MOST)
            break; /* old ones do die */
        double deaths = statistics__gamma_quantile(CERTAIN, (double)beyond + 1) / lived;
        if (deaths < best.deaths)
            best = (struct separation){.deaths = deaths, .beyond = edge(k), .old = old};
    }
    return best;
}

static bool goes_on(const struct window *window)
{
    double late = window__late(window), pause = window__gap(window) * window__length(window);
    if (late >= LATE_AT_LEAST && late * (double)window->count >= 1.5)
        return true;
    double longest = window__longest_pause(window); /* one that lasts long, and one birth behind it, is no habit */
    return window->count >= PAUSES_AT_LEAST && pause <= longest && window__gap(window) < 0.5 &&
           longest < LONGEST_PAUSE * window__length(window);
}

static struct growth_judgement judged(enum growth_verdict verdict, enum growth_reason reason)
{
    return (struct growth_judgement){.verdict = verdict, .reason = reason};
}

static void describe(struct growth_judgement *judgement, const struct window *window)
{
    judgement->came = window->count;
    judgement->window = window__length(window) / NANOSECONDS;
    judgement->pause = window__gap(window) * judgement->window;
}

/* The first of them begin to come back, at an age that is no less than that of most which are held. */
static bool some_come_back(const struct growth_site *site, uint64_t now)
{
    uint64_t oldest = (uint64_t)age_of(site->births[0], now), back = 0;
    for (unsigned k = 0; k < LW_LIFETIMES; k++)
        back += edge(k) > oldest / 4 ? site->lifetimes[k] : 0;
    return back * SOME_OF > site->held;
}

/* None of it, to speak of, was ever given back. */
static struct growth_judgement judge_never(const struct growth_site *site, const struct growth_context *context)
{
    size_t held = site->held;
    struct window window = window__of(site->births, held, site->first, context->now);
    double late = window__late(&window), gap = window__gap(&window), came = (double)window.count;
    bool is_early = came < (double)held / 4 || late < NEVER_LATE_AT_LEAST;
    struct growth_judgement judgement = judged(GROWTH_SUSPECT, GROWTH_NEVER_FILLING);
    if (held < MANY || is_early || gap > NEVER_GAP) {
        bool is_for_life = held <= FEW || gap > NEVER_GAP_LONG || is_early;
        judgement = judged(is_for_life ? GROWTH_FOR_LIFE : GROWTH_STEADY, GROWTH_NEVER_FEW);
    } else {
        bool slows_down = (0.5 - window__mean(&window)) * sqrt(12 * came) > LAPLACE;
        bool is_even = late >= NEVER_LATE_EVENLY && !slows_down;
        double of_limit = context->limit > 0 ? (double)held / (double)context->limit : 0;
        bool is_much = (is_even && of_limit >= LIMIT_EVENLY) || of_limit >= LIMIT_ANYHOW;
        if (is_even && site->ended >= MANY)
            judgement = judged(GROWTH_LEAKING, GROWTH_NEVER_ENDED);
        else if (context->replaced > REPLACED)
            judgement.reason = GROWTH_NEVER_REPLACING;
        else if (is_much && !some_come_back(site, context->now))
            judgement = judged(GROWTH_LEAKING, GROWTH_NEVER_EVENLY);
        else if (is_even)
            judgement.reason = GROWTH_NEVER_EVENLY;
    }
    judgement.old = held;
    describe(&judgement, &window);
    return judgement;
}

/* As many were born in the first half of the site's life as are to be expected of what stays the same. */
static bool is_half_early(const struct growth_site *site, const struct growth_context *context)
{
    uint64_t middle = site->first + (context->now > site->first ? (context->now - site->first) / 2 : 0);
    return site->held > 1 && 2 * held_before(site, middle) >= site->held;
}

static struct growth_judgement judge_outliving(const struct growth_site *site, const struct growth_context *context,
                                               const struct separation *separation)
{
    uint64_t end = context->now - separation->beyond;
    struct window window = window__of(site->births, separation->old, site->first, end);
    uint64_t early = site->first + (uint64_t)((double)(context->now - site->first) * FILLED_EARLY);
    size_t filled = held_before(site, early);
    bool was_filled = (double)filled > FILLED_SHARE * (double)separation->old;
    struct growth_judgement judgement = judged(GROWTH_SUSPECT, GROWTH_OUTLIVES_FEW);
    bool is_often = window__moments(&window) >= MOMENTS_AT_LEAST;
    bool is_late = (double)window.count >= CAME_AT_LEAST * (double)separation->old;
    if (is_often && goes_on(&window))
        judgement = is_late ? judged(GROWTH_LEAKING, GROWTH_OUTLIVES) : judged(GROWTH_SUSPECT, GROWTH_FROM_THE_START);
    else if ((window.count == 0 || window__gap(&window) > 0.5) && was_filled)
        judgement = judged(GROWTH_STEADY, GROWTH_FROM_THE_START);
    else if (is_often)
        judgement.reason = GROWTH_OUTLIVES_STOPPED;
    describe(&judgement, &window);
    return judgement;
}

/* Where nothing happens nothing is given back, either: ages count up to the last acquisition. */
static uint64_t last_active(const struct growth_site *site, uint64_t now)
{
    uint64_t youngest = site->births[site->held - 1], last = site->last > youngest ? site->last : youngest;
    return last < now ? last : now;
}

static struct growth_judgement judge_habit(const struct growth_site *site, const struct growth_context *context)
{
    struct separation separation = separate(site, last_active(site, context->now));
    struct growth_judgement judgement;
    if (separation.deaths > DEATHS_AT_MOST || separation.old < 2)
        judgement = judged(is_half_early(site, context) ? GROWTH_STEADY : GROWTH_LOAD, GROWTH_OLD_ONES_COME_BACK);
    else
        judgement = judge_outliving(site, context, &separation);
    judgement.beyond = separation.beyond;
    judgement.old = separation.old;
    return judgement;
}

static void note_usual(struct growth_judgement *judgement, const struct growth_site *site)
{
    for (unsigned k = 0; site->released > 0 && k + 1 < LW_LIFETIMES; k++) {
        double share = (double)released_within(site, k) / (double)site->released;
        if (share < NEARLY_ALL)
            continue;
        judgement->usual = edge(k);
        judgement->share = share;
        return;
    }
}

/* Most of those that an earlier look called leaking are still there. */
static bool is_still_so(const struct growth_site *site, const struct growth_context *context)
{
    const struct growth_judgement *earlier = context->earlier;
    if (earlier == NULL || earlier->verdict != GROWTH_LEAKING || context->earlier_time < earlier->beyond)
        return false;
    return (double)held_before(site, context->earlier_time - earlier->beyond) >= SURVIVORS * (double)earlier->old;
}

/* What else is known may change a verdict that was in doubt. */
static void consider(struct growth_judgement *judgement, const struct growth_site *site,
                     const struct growth_context *context)
{
    bool is_never = judgement->reason == GROWTH_NEVER_EVENLY || judgement->reason == GROWTH_NEVER_FILLING;
    if (judgement->verdict == GROWTH_SUSPECT && is_still_so(site, context)) {
        judgement->verdict = GROWTH_LEAKING;
        judgement->reason = GROWTH_STILL_SO;
    } else if (is_never && site->held <= context->plateau) {
        judgement->verdict = GROWTH_STEADY;
        judgement->reason = GROWTH_KNOWN_PLATEAU;
        judgement->plateau = context->plateau;
        judgement->plateau_runs = context->plateau_runs;
    }
}

struct growth_judgement growth__judge(const struct growth_site *site, const struct growth_context *context)
{
    struct growth_judgement judgement;
    bool has_habit = site->released >= HABIT_AT_LEAST && (double)site->released >= HABIT_SHARE * (double)site->acquired;
    if (site->held == 0)
        judgement = judged(site->released > 0 ? GROWTH_LOAD : GROWTH_STEADY, GROWTH_NOTHING_HELD);
    else
        judgement = has_habit ? judge_habit(site, context) : judge_never(site, context);
    consider(&judgement, site, context);
    note_usual(&judgement, site);
    judgement.time = context->now;
    if (context->limit > 0)
        judgement.of_limit = (double)site->held / (double)context->limit;
    return judgement;
}
