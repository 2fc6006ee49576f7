/* What the runs of a program had of one site, summed up by builds. */
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/words.h"
#include "history_site.h"

/* ---- Medians ----------------------------------------------------------------------------------------------------- */

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

/* The lower one of two. Sorts them. */
static double median(double *values, size_t count)
{
    if (count == 0)
        return 0;
    qsort(values, count, sizeof(*values), by_size);
    return values[(count - 1) / 2];
}

/* ---- By build ---------------------------------------------------------------------------------------------------- */

/* Of the builds from `first` to `last`; the room is for as many as were met. */
static double median_rate(const struct history *history, const struct met *met, size_t count, size_t first, size_t last,
                          double *room)
{
    size_t rates = 0;
    for (size_t i = 0; i < count; i++) {
        size_t build = history->runs[met[i].run].build;
        if (met[i].grows && met[i].rate > 0 && build >= first && build <= last)
            room[rates++] = met[i].rate;
    }
    return median(room, rates);
}

static double median_held(const struct history *history, const struct met *met, size_t count, size_t build,
                          double *room)
{
    size_t values = 0;
    for (size_t i = 0; i < count; i++)
        if (history->runs[met[i].run].build == build)
            room[values++] = (double)met[i].held;
    return median(room, values);
}

static void fill_parts(const struct history *history, struct history_site *site, const struct met *met, size_t count,
                       double *room)
{
    for (size_t i = 0; i < history->build_count; i++)
        site->parts[i].verdict = "";
    for (size_t i = 0; i < count; i++) {
        struct history_part *part = &site->parts[history->runs[met[i].run].build];
        part->met++;
        part->leaking += met[i].leaks;
        part->held_most = met[i].held > part->held_most ? met[i].held : part->held_most;
        part->verdict = met[i].verdict;
    }
    for (size_t i = 0; i < history->build_count; i++) {
        if (site->parts[i].met == 0)
            continue;
        site->parts[i].held_median = (uint64_t)median_held(history, met, count, i, room);
        site->parts[i].rate = median_rate(history, met, count, i, i, room);
    }
}

/* The builds at the end that all leak, those that did not come there passed over. */
static void find_since(const struct history *history, struct history_site *site)
{
    size_t last = history->build_count - 1;
    while (last > 0 && site->parts[last].met == 0)
        last--;
    site->leaks = site->parts[last].leaking > 0;
    site->since = last;
    for (size_t i = last; site->leaks && i-- > 0;) {
        if (site->parts[i].met > 0 && site->parts[i].leaking == 0)
            break;
        site->since = site->parts[i].met > 0 ? i : site->since;
    }
    for (size_t i = 0; i < history->build_count; i++) {
        bool is_before = i < site->since;
        *(is_before ? &site->before : &site->runs) += history->builds[i].runs;
        *(is_before ? &site->before_leaking : &site->leaking) += site->parts[i].leaking;
    }
}

/* ---- The plateau ------------------------------------------------------------------------------------------------- */

/* What leaks is twice as high after twice the time. So a run that was in doubt stayed at its height where another, which
 * lived half as long, had come nearly as far. */
#define AS_LONG 2.0
#define NEARLY 0.8

struct height {
    double life;
    uint64_t peak;
    bool is_in_doubt;
};

static int by_life(const void *left, const void *right)
{
    const struct height *a = left, *b = right;
    return a->life < b->life ? -1 : a->life > b->life;
}

static size_t heights_of(const struct history *history, const struct met *met, size_t count, struct height *heights)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const struct history_run *run = &history->runs[met[i].run];
        if (!met[i].grows)
            heights[kept++] = (struct height){.life = (double)(run->seen - run->start),
                                              .peak = met[i].peak,
                                              .is_in_doubt = strcmp(met[i].verdict, "suspect") == 0};
    }
    return kept;
}

static void find_plateau(const struct history *history, struct history_site *site, const struct met *met, size_t count)
{
    struct height *heights = heap__zeroed(count, sizeof(*heights));
    size_t kept = heights_of(history, met, count, heights), shorter = 0;
    uint64_t before = 0; /* the highest of those that lived half as long, or less */
    if (kept > 1)
        qsort(heights, kept, sizeof(*heights), by_life);
    for (size_t i = 0; i < kept; i++) {
        for (; shorter < i && heights[shorter].life * AS_LONG <= heights[i].life; shorter++)
            before = heights[shorter].peak > before ? heights[shorter].peak : before;
        if (heights[i].is_in_doubt && (double)before < NEARLY * (double)heights[i].peak)
            continue;
        site->plateau = heights[i].peak > site->plateau ? heights[i].peak : site->plateau;
        site->plateau_runs++;
    }
    free(heights);
}

void history_site__sum_up(const struct history *history, struct history_site *site, struct met *met, size_t count)
{
    double *room = heap__zeroed(count, sizeof(*room));
    fill_parts(history, site, met, count, room);
    find_since(history, site);
    site->rate = median_rate(history, met, count, site->since, history->build_count - 1, room);
    find_plateau(history, site, met, count);
    free(room);
}

/* ---- In words ---------------------------------------------------------------------------------------------------- */

enum { SHORT_BUILD = 7 };

/* "build 1a2b3c4 (first seen 3 d 2 h ago)" */
static char *build_text(const struct history_build *build, int64_t now)
{
    char age[WORDS];
    words__duration(age, now > build->first ? (double)(now - build->first) / 1e9 : 0);
    if (build->name[0] == '\0')
        return heap__printed("a build that is not known (first seen %s ago)", age);
    if (strncmp(build->name, "time:", strlen("time:")) == 0)
        return heap__printed("the build first seen %s ago", age);
    return heap__printed("build %.*s (first seen %s ago)", SHORT_BUILD, build->name, age);
}

static char *rate_text(double rate)
{
    char text[WORDS];
    return rate > 0 ? heap__printed(", %s an hour", words__rate(text, rate)) : heap__copied("");
}

static char *leaks_since(const struct history_site *site, const char *build)
{
    char numbers[4][WORDS];
    char *rate = rate_text(site->rate);
    const char *runs = words__plural(site->runs, "run", "runs");
    char *text;
    words__number(numbers[0], site->leaking);
    words__number(numbers[1], site->runs);
    if (site->before > 0)
        text = heap__printed("leaks since %s: in %s of %s %s%s; before, in %s of %s", build, numbers[0], numbers[1],
                             runs, rate, words__number(numbers[2], site->before_leaking),
                             words__number(numbers[3], site->before));
    else
        text = heap__printed("leaks since the first run that is known, of %s: in %s of %s %s%s", build, numbers[0],
                             numbers[1], runs, rate);
    free(rate);
    return text;
}

char *history__since(const struct history *history, const struct history_site *site, int64_t now)
{
    char numbers[3][WORDS];
    char *text, *build = build_text(&history->builds[site->since], now);
    if (site->leaks)
        text = leaks_since(site, build);
    else if (site->before_leaking > 0)
        text = heap__printed("leaked before %s in %s of %s %s, and not in the %s since", build,
                             words__number(numbers[0], site->before_leaking), words__number(numbers[1], site->before),
                             words__plural(site->before, "run", "runs"), words__number(numbers[2], site->runs));
    else
        text = heap__copied("");
    free(build);
    return text;
}
