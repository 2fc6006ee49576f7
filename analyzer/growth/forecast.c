/* When the table of descriptors will be full.
 *
 * DESIGN. Only what leaks grows without end; what else is open is load, and comes and goes. So the rate is that of the
 * leaking sites' births, each at least as old as what separates them from load, and the room is what the load leaves. How
 * sure the rate is follows from how many births there are and how evenly they came: the range is that of a gamma
 * distribution with that many, and is said first. Where the rate has changed the range covers the old one and the new. */
#include "forecast.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/numbers.h"
#include "series.h"
#include "statistics.h"

#define NANOSECONDS 1e9
#define DAY 86400.0
#define CLUSTER_SPAN 0.10
#define CLUSTER_SHARE 0.30
#define LATE_START 0.10
#define CHANGED 2.5
#define LOAD_SHARE 0.25
#define PEAK 0.1
#define TREND_CERTAIN 2.5
#define TREND_MOST 2.0
#define LOW 0.05
#define HIGH 0.95
#define SLACK_LOW 0.85
#define SLACK_HIGH 1.2
#define YOUNG_LOW 0.6
#define YOUNG_HIGH 1.6
#define FAR 7200.0
#define LIVES 10.0
#define FAR_OFF 1000.0

enum { DAYS = 7, CHANGED_AT_LEAST = 4, RECENT_AT_LEAST = 8, LEAST = 2 };

/* All that leaks, in the order of birth. */
struct leaked {
    enum lw_class class_; /* of what */
    uint64_t *births;
    size_t count;
    uint64_t end; /* births are known up to here: what came later may still come back */
    bool is_conditional;
};

static bool is_in(const struct growth_site *site, enum lw_class class_)
{
    return class_ == LW_CLASS_FD ? site->descriptors > 0 : site->held > 0 && lw_class(site->kind) == class_;
}

/* Does this site fill the table? */
static bool is_growing(const struct growth *growth, size_t place, const struct leaked *leaked)
{
    const struct growth_judgement *judgement = &growth->judgements[place];
    if (!is_in(&growth->sites[place], leaked->class_))
        return false;
    if (judgement->verdict == GROWTH_LEAKING)
        return true;
    return leaked->is_conditional && judgement->verdict == GROWTH_SUSPECT &&
           judgement->reason != GROWTH_OUTLIVES_STOPPED;
}

/* The site that holds most says up to when all are known. */
static void find_end(struct leaked *leaked, const struct growth *growth)
{
    size_t most = 0;
    leaked->end = growth->now;
    for (size_t i = 0; i < growth->site_count; i++) {
        const struct growth_judgement *judgement = &growth->judgements[i];
        if (is_growing(growth, i, leaked) && judgement->old > most) {
            most = judgement->old;
            leaked->end = growth->now - judgement->beyond;
        }
    }
}

static void gather(struct leaked *leaked, const struct growth *growth)
{
    find_end(leaked, growth);
    for (size_t i = 0; i < growth->site_count; i++) {
        const struct growth_site *site = &growth->sites[i];
        const struct growth_judgement *judgement = &growth->judgements[i];
        if (!is_growing(growth, i, leaked))
            continue;
        uint64_t known = growth->now - judgement->beyond < leaked->end ? growth->now - judgement->beyond : leaked->end;
        size_t count = numbers__until(site->births, site->held, known);
        if (count == 0)
            continue;
        leaked->births = heap__resized(leaked->births, leaked->count + count, sizeof(uint64_t));
        memcpy(leaked->births + leaked->count, site->births, count * sizeof(uint64_t));
        leaked->count += count;
    }
    numbers__sort(leaked->births, leaked->count);
}

static struct series from(const struct series *series, double start)
{
    return series__from(series, (start - series->start) / (series->end - series->start));
}

/* Without what was taken at the start, from the first birth on where that came late, and over whole days. */
static struct series steady_part(const struct leaked *leaked, const struct growth *growth)
{
    struct series series = {
        .births = leaked->births, .count = leaked->count, .start = (double)growth->start, .end = (double)leaked->end};
    struct series rest = series__from(&series, CLUSTER_SPAN);
    if ((double)(series.count - rest.count) > CLUSTER_SHARE * (double)series.count)
        series = rest;
    if (series.count > 1 && (double)series.births[0] - series.start > LATE_START * (series.end - series.start)) {
        series.start = (double)series.births[0];
        series.births++; /* it only says when the span begins */
        series.count--;
    }
    double days = floor(series__span(&series) / DAY);
    if (days >= 1)
        series = from(&series, series.end - (days < DAYS ? days : DAYS) * DAY * NANOSECONDS);
    return series;
}

struct rate {
    double point, low, high; /* in a second */
};

static double recent(const struct series *series)
{
    struct series last = series__from(series, 2.0 / 3), half = series__from(series, 0.5);
    return series__rate(last.count >= RECENT_AT_LEAST ? &last : &half);
}

/* What the rate will be in the mean until so many more have come, where it has been rising evenly: half of the way from what
 * it is now to what it would be if it went on so. */
static double rising_rate(const struct series *series, double left, double slope)
{
    double all = series__rate(series), now = all * (1 + slope / 2);
    double gain = all * slope / series__span(series); /* in a second */
    double seconds = (sqrt(now * now + 2 * gain * left) - now) / gain;
    return sqrt(now * (left / seconds));
}

/* By how much of its mean the rate rises over the series; 0: that is not certain. More than a day has its own ups and downs. */
static double slope_of(const struct series *series, double dispersion)
{
    double ahead = series__mean(series) - 0.5;
    bool is_certain = ahead * sqrt(12 * (double)series->count / dispersion) > TREND_CERTAIN;
    if (!is_certain || series->count < RECENT_AT_LEAST || series__span(series) > DAY)
        return 0;
    return fmin(12 * ahead, TREND_MOST);
}

static struct rate rate_of(const struct series *series, double left, double life)
{
    double count = (double)series->count, all = series__rate(series);
    double bins = series__dispersion_of_bins(series), gaps = series__dispersion_of_gaps(series);
    double spread = bins > gaps ? bins : gaps;
    struct series half = series__from(series, 0.5);
    struct rate rate = {all, all, all};
    double late = (double)half.count;
    if (fabs(2 * late - count) > CHANGED * sqrt(count * bins) && late >= CHANGED_AT_LEAST) {
        double now = recent(series);
        bool is_rising = now > all && series__span(series) <= DAY;
        rate.point = is_rising ? now : sqrt(all * now);
        rate.low = now < all ? now : all;
        rate.high = now < all ? all : now;
    }
    double slope = slope_of(series, bins);
    if (slope > 0) {
        rate.point = rising_rate(series, left, slope);
        rate.low = fmin(rate.low, all);
        rate.high = fmax(rate.high, rate.point);
    }
    double shape = 1 / (spread / count + spread / left);
    rate.low *= statistics__gamma_quantile(LOW, shape) / shape * SLACK_LOW;
    rate.high *= statistics__gamma_quantile(HIGH, shape) / shape * SLACK_HIGH;
    if (life < DAY && left / rate.point > FAR && left / rate.point > life / 2) {
        rate.low *= YOUNG_LOW;
        rate.high *= YOUNG_HIGH;
    }
    return rate;
}

/* What is open beside what leaks, of late. */
struct load {
    double median, most;
};

static int compare_numbers(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static struct load load_of(const struct growth *growth, const struct leaked *leaked, const struct forecast_table *table)
{
    const struct lw_samples *samples = table->samples;
    double life = (double)(growth->now - growth->start),
           short_of_a_day = life < DAY * NANOSECONDS ? life : DAY * NANOSECONDS;
    double back = life * LOAD_SHARE > short_of_a_day ? life * LOAD_SHARE : short_of_a_day;
    double *loads = heap__zeroed(LW_SAMPLES + 1, sizeof(double));
    size_t count = 0;
    for (uint32_t i = 0; samples != NULL && i < samples->count; i++) {
        const struct lw_sample *sample = &samples->sample[i];
        if (sample->time > growth->now || (double)(growth->now - sample->time) > back)
            continue;
        double beside = (double)sample->open - (double)numbers__until(leaked->births, leaked->count, sample->time);
        loads[count++] = beside > 0 ? beside : 0;
    }
    double now = (double)table->held - (double)leaked->count;
    loads[count++] = now > 0 ? now : 0;
    qsort(loads, count, sizeof(double), compare_numbers);
    struct load load = {loads[count / 2], loads[count - 1]};
    free(loads);
    return load;
}

static double at_least_0(double seconds)
{
    return seconds > 0 ? seconds : 0;
}

static struct growth_forecast none(const char *why_not)
{
    return (struct growth_forecast){.why_not = why_not, .earliest = INFINITY, .point = INFINITY, .latest = INFINITY};
}

static struct growth_forecast work_out(const struct growth *growth, const struct leaked *leaked,
                                       const struct forecast_table *table)
{
    struct series series = steady_part(leaked, growth);
    struct load load = load_of(growth, leaked, table);
    double life = (double)(growth->now - growth->start) / NANOSECONDS;
    double room = (double)table->limit - (double)leaked->count,
           left = room - load.most -
                  (load.most - load.median) * PEAK; /* it is a peak that hits, and the highest is to come */
    if (series.count < LEAST || series__span(&series) <= 0)
        return none("too few have come to tell how fast");
    struct rate rate = rate_of(&series, left > 1 ? left : 1, life);
    struct growth_forecast forecast = {
        .is_conditional = leaked->is_conditional,
        .is_young = life < DAY,
        .rate = rate.point,
        .point = at_least_0(left / rate.point),
        .latest = at_least_0((room - load.median) / rate.low),
        .earliest = at_least_0((room - load.most - (load.most - load.median) / 4) / rate.high),
    };
    if (forecast.earliest > forecast.point)
        forecast.earliest = forecast.point;
    if (forecast.latest < forecast.point)
        forecast.latest = forecast.point;
    if (forecast.latest > FAR_OFF * (life + forecast.point)) /* a rate that may as well be none */
        forecast.latest = INFINITY;
    forecast.is_given = forecast.earliest <= LIVES * life;
    if (!forecast.is_given)
        forecast.why_not = "not within ten of its lives";
    return forecast;
}

/* What is held for life may be a leak all the same, which a report tells of at its end: here only growth is looked at. */
static const char *nothing_grows(const struct growth *growth, enum lw_class class_)
{
    for (size_t i = 0; i < growth->site_count; i++)
        if (is_in(&growth->sites[i], class_) && growth->judgements[i].verdict == GROWTH_SUSPECT)
            return "nothing is sure to leak";
    return "no steady growth";
}

struct growth_forecast forecast__of(const struct growth *growth, const struct forecast_table *table)
{
    struct leaked leaked = {.class_ = table->class_};
    if (table->limit == 0)
        return none("there is no limit");
    gather(&leaked, growth);
    if (leaked.count == 0) {
        leaked.is_conditional = true;
        gather(&leaked, growth);
    }
    struct growth_forecast forecast =
        leaked.count == 0 ? none(nothing_grows(growth, table->class_)) : work_out(growth, &leaked, table);
    free(leaked.births);
    return forecast;
}
