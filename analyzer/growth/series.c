/* A series of births: how fast they come, how evenly, and whether that has changed. */
#include "series.h"

#define NANOSECONDS 1e9

enum { BINS = 12, BIRTHS_PER_BIN = 4 };

double series__span(const struct series *series)
{
    return series->end > series->start ? (series->end - series->start) / NANOSECONDS : 0;
}

double series__rate(const struct series *series)
{
    double span = series__span(series);
    return span > 0 ? (double)series->count / span : 0;
}

double series__mean(const struct series *series)
{
    double sum = 0;
    for (size_t i = 0; i < series->count; i++)
        sum += ((double)series->births[i] - series->start) / (series->end - series->start);
    return series->count > 0 ? sum / (double)series->count : 0.5;
}

struct series series__from(const struct series *series, double share)
{
    struct series part = *series;
    part.start = series->start + share * (series->end - series->start);
    while (part.count > 0 && (double)part.births[0] < part.start) {
        part.births++;
        part.count--;
    }
    return part;
}

static size_t bins_of(const struct series *series)
{
    size_t bins = series->count / BIRTHS_PER_BIN;
    return bins > BINS ? BINS : bins;
}

/* What is left of the counts when a straight line has been taken away: a rate that rises is no dispersion. */
double series__dispersion_of_bins(const struct series *series)
{
    size_t bins = bins_of(series);
    double counts[BINS] = {0}, mean = 0, slope = 0, spread = 0, rest = 0;
    if (bins < 3 || series->end <= series->start)
        return 1;
    for (size_t i = 0; i < series->count; i++) {
        double at = ((double)series->births[i] - series->start) / (series->end - series->start);
        size_t bin = (size_t)(at * (double)bins);
        counts[bin < bins ? bin : bins - 1]++;
    }
    mean = (double)series->count / (double)bins;
    for (size_t i = 0; i < bins; i++) {
        double x = (double)i - (double)(bins - 1) / 2;
        slope += x * counts[i];
        spread += x * x;
    }
    slope /= spread;
    for (size_t i = 0; i < bins; i++) {
        double off = counts[i] - mean - slope * ((double)i - (double)(bins - 1) / 2);
        rest += off * off;
    }
    double dispersion = rest / (double)(bins - 2) / mean;
    return dispersion > 1 ? dispersion : 1;
}

double series__dispersion_of_gaps(const struct series *series)
{
    double sum = 0, squares = 0;
    if (series->count < BIRTHS_PER_BIN)
        return 1;
    for (size_t i = 1; i < series->count; i++) {
        double gap = (double)(series->births[i] - series->births[i - 1]) / NANOSECONDS;
        sum += gap;
        squares += gap * gap;
    }
    double gaps = (double)(series->count - 1), mean = sum / gaps;
    double dispersion = mean > 0 ? (squares / gaps - mean * mean) / (mean * mean) : 1;
    return dispersion > 1 ? dispersion : 1;
}
