/* Counts, and prints what it counted. */
#include "tally.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/heap.h"

static void add_error(struct forecast_errors *errors, double value, bool is_within)
{
    errors->values = heap__room(errors->values, errors->count, &errors->room, sizeof *errors->values);
    errors->values[errors->count++] = value;
    errors->within += is_within;
}

static void count_leak(struct recall *recall, const struct look_site *site)
{
    recall->sites++;
    recall->found += site->verdict == GROWTH_LEAKING;
    recall->suspected += site->verdict == GROWTH_SUSPECT;
}

static void count_site(struct tally *tally, const struct look *look, const struct look_site *site)
{
    if (site->leaks) {
        count_leak(&tally->all[look->way], site);
        if (site->has_outlived)
            count_leak(&tally->outlived[look->way], site);
        return;
    }
    bool accused = site->verdict == GROWTH_LEAKING;
    tally->sound++;
    tally->accused += accused;
    tally->suspected += site->verdict == GROWTH_SUSPECT;
    tally->warm_ups += accused && site->is_warm_up;
}

static void count_forecast(struct tally *tally, const struct history *history, const struct look *look)
{
    const struct growth_forecast *forecast = &look->forecast;
    bool is_said = forecast->is_given && !forecast->is_conditional;
    if (!history->is_leak || look->way == ASIDE) {
        tally->quiet_looks++;
        tally->false_alarms += is_said;
        tally->conditional += forecast->is_given && forecast->is_conditional;
        return;
    }
    if (history->has_no_hit || look->way == ALL)
        return;
    tally->due += look->way != A_TWENTIETH;
    if (!is_said)
        return;
    add_error(look->way == A_TWENTIETH ? &tally->early : &tally->half, fabs(forecast->point - look->left) / look->left,
              forecast->earliest <= look->left && look->left <= forecast->latest);
}

void tally__add(struct tally *tally, const struct history *history, const struct look *looks, unsigned count)
{
    tally->histories++;
    for (unsigned i = 0; i < count; i++) {
        tally->looks++;
        for (uint32_t site = 0; site < looks[i].sites; site++)
            count_site(tally, &looks[i], &looks[i].site[site]);
        count_forecast(tally, history, &looks[i]);
    }
}

static void join_recalls(struct recall *recall, const struct recall *other)
{
    for (unsigned way = 0; way < WAYS; way++) {
        recall[way].sites += other[way].sites;
        recall[way].found += other[way].found;
        recall[way].suspected += other[way].suspected;
    }
}

static void join_errors(struct forecast_errors *errors, const struct forecast_errors *other)
{
    for (size_t i = 0; i < other->count; i++)
        add_error(errors, other->values[i], false);
    errors->within += other->within;
}

void tally__join(struct tally *tally, const struct tally *other)
{
    tally->histories += other->histories;
    tally->looks += other->looks;
    join_recalls(tally->all, other->all);
    join_recalls(tally->outlived, other->outlived);
    tally->sound += other->sound;
    tally->accused += other->accused;
    tally->suspected += other->suspected;
    tally->warm_ups += other->warm_ups;
    join_errors(&tally->early, &other->early);
    join_errors(&tally->half, &other->half);
    tally->quiet_looks += other->quiet_looks;
    tally->false_alarms += other->false_alarms;
    tally->conditional += other->conditional;
    tally->due += other->due;
}

void tally__free(struct tally *tally)
{
    free(tally->early.values);
    free(tally->half.values);
}

static unsigned found(const struct tally *tally)
{
    unsigned sum = 0;
    for (unsigned way = 0; way < WAYS; way++)
        sum += tally->all[way].found;
    return sum;
}

double tally__precision(const struct tally *tally)
{
    unsigned right = found(tally), said = right + tally->accused;
    return said ? (double)right / said : NAN;
}

double tally__recall(const struct recall *recall)
{
    return recall->sites ? (double)recall->found / recall->sites : NAN;
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

double tally__given(const struct tally *tally)
{
    return tally->due ? (double)tally->half.count / tally->due : NAN;
}

double tally__error(const struct forecast_errors *errors, double share)
{
    if (errors->count == 0)
        return NAN;
    qsort(errors->values, errors->count, sizeof *errors->values, by_value);
    return errors->values[(size_t)(share * (double)(errors->count - 1) + 0.5)];
}

double tally__within(const struct forecast_errors *errors)
{
    return errors->count ? (double)errors->within / (double)errors->count : NAN;
}

double tally__false_alarms(const struct tally *tally)
{
    return tally->quiet_looks ? (double)tally->false_alarms / tally->quiet_looks : NAN;
}

/* ---- The table */

static void print_share(double share)
{
    if (isnan(share))
        printf("    - ");
    else
        printf(" %5.2f", share);
}

void tally__print_head(const char *title)
{
    printf("\n%-28s      looks: leaks found at   |  of sound sites | forecasts at 25, 50 %%  | nothing leaks:\n",
           title);
    printf("%-28s set look     5    25    50   100 | all  acc.  sus. |  n   .5    .9  within| looks said  if\n", "");
}

void tally__print_row(const char *name, const struct tally *tally)
{
    printf("%-28s %3u %4u", name, tally->histories, tally->looks);
    for (enum way way = A_TWENTIETH; way <= ALL; way++)
        print_share(tally__recall(&tally->all[way]));
    printf(" |%5u %4u %4u  |%4zu", tally->sound, tally->accused, tally->suspected, tally->half.count);
    struct forecast_errors errors = tally->half;
    print_share(tally__error(&errors, 0.5));
    print_share(tally__error(&errors, 0.9));
    print_share(tally__within(&errors));
    printf(" | %4u %3u %3u\n", tally->quiet_looks, tally->false_alarms, tally->conditional);
}

static void print_recalls(const char *name, const struct recall *recall)
{
    printf("  %-38s", name);
    for (enum way way = A_TWENTIETH; way <= ALL; way++)
        printf("  %.3f (%u + %u of %u)", tally__recall(&recall[way]), recall[way].found, recall[way].suspected,
               recall[way].sites);
    printf("\n");
}

void tally__print_sum(const char *name, const struct tally *tally)
{
    printf("\n%s: %u settings, %u looks\n", name, tally->histories, tally->looks);
    printf("  precision %.3f: %u right, %u wrong (%u warm-ups); %u of %u sound sites suspect\n",
           tally__precision(tally), found(tally), tally->accused, tally->warm_ups, tally->suspected, tally->sound);
    printf("  found (and suspected) at                5 / 25 / 50 / 100 %% of the way\n");
    print_recalls("all leaks", tally->all);
    print_recalls("older than others of their sites", tally->outlived);
    struct forecast_errors early = tally->early, half = tally->half;
    printf(
        "  forecasts at 5 %%: %zu, half within %.2f, nine tenths within %.2f of what is left; the range holds %.3f\n",
        early.count, tally__error(&early, 0.5), tally__error(&early, 0.9), tally__within(&early));
    printf("  at 25 and 50 %%: %zu of %u, half within %.2f, nine tenths within %.2f of what is left; the range holds "
           "%.3f\n",
           half.count, tally->due, tally__error(&half, 0.5), tally__error(&half, 0.9), tally__within(&half));
    printf("  nothing leaks: %u looks, %u times a moment was said, %u times \"if it goes on\"\n", tally->quiet_looks,
           tally->false_alarms, tally->conditional);
}
