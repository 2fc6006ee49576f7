/* Sites: the places of programs that hold something, and what becomes of it. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/words.h"
#include "model/resource.h"
#include "trend/phrases.h"
#include "views.h"

enum { HELD, RATE, VERDICT, AGE, LIFE, PROGRAM, PROCESSES, KIND, PLACE, ACQUIRED, RELEASED, SCOPE };
enum { LISTED_SHARES = 10 };

static const struct top_column columns[] = {
    [HELD] = {"held", "HELD", 5, 0, TOP_NUMBER, false},
    [RATE] = {"rate", "RATE/H", 7, 40, TOP_NUMBER, false},
    [VERDICT] = {"verdict", "VERDICT", 8, 0, TOP_DEGREE, false},
    [AGE] = {"age", "OLDEST", 8, 60, TOP_NUMBER, false},
    [LIFE] = {"life", "LIVES", 8, 70, TOP_NUMBER, false},
    [PROGRAM] = {"program", "PROGRAM", 11, 80, TOP_TEXT, false},
    [PROCESSES] = {"processes", "PROCS", 5, 96, TOP_NUMBER, false},
    [KIND] = {"kind", "KIND", 8, 104, TOP_TEXT, false},
    [PLACE] = {"place", "PLACE", 16, 0, TOP_TEXT, true},
    [ACQUIRED] = {"acquired", "TAKEN", 8, 112, TOP_NUMBER, false},
    [RELEASED] = {"released", "GIVEN BACK", 8, 124, TOP_NUMBER, false},
    [SCOPE] = {"scope", "SCOPE", 16, 144, TOP_TEXT, false},
    {NULL, NULL, 0, 0, TOP_TEXT, false},
};

/* Seconds that the oldest has been held; < 0: not known. */
static double oldest(const struct trend *trend, const struct trend_site *site)
{
    double age = -1;
    for (size_t i = 0; i < site->share_count; i++) {
        const struct trend_share *share = &site->shares[i];
        if (share->birth_count > 0)
            age = fmax(age, trend->processes[share->process].lived - share->births[0]);
    }
    return age;
}

/* Seconds within which half of what was given back lived; < 0: nothing was. */
static double half_life(const struct trend_site *site)
{
    uint64_t sum = 0, half = 0;
    for (size_t i = 0; i < LW_LIFETIMES; i++)
        sum += site->lifetimes[i];
    for (size_t i = 0; i < LW_LIFETIMES && sum > 0; i++) {
        half += site->lifetimes[i];
        if (half >= (sum + 1) / 2)
            return ldexp(1e-9, (int)(LW_LIFETIME_SHIFT + i));
    }
    return -1;
}

static char *life_text(double seconds)
{
    char *time = top_words__time(seconds);
    char *text = heap__printed("%s%s", seconds < 0 ? "" : "<", time);
    free(time);
    return text;
}

/* "server", or "server +2" where processes of other programs hold something of it, too. */
static char *programs(const struct trend *trend, const struct trend_site *site)
{
    size_t others = 0;
    const char *first = trend->processes[site->shares[0].process].process.name;
    for (size_t i = 1; i < site->share_count; i++) {
        const char *name = trend->processes[site->shares[i].process].process.name;
        size_t before = 0;
        while (strcmp(trend->processes[site->shares[before].process].process.name, name) != 0)
            before++;
        others += before == i;
    }
    char *name = top_words__escaped(first);
    char *text = others > 0 ? heap__printed("%s +%zu", name, others) : heap__copied(name);
    free(name);
    return text;
}

static void fill_row(struct top_table *table, const struct top_model *model, const struct trend_site *site)
{
    const struct trend *trend = figures__trend(model->figures);
    enum ink ink = phrase__ink(site->verdict);
    double age = oldest(trend, site), life = half_life(site);
    char *place = top_words__place(model, site->stack, site->call);
    struct top_cell *cells = top_table__add(table, heap__printed("%s %s", site->fingerprint, place), site);
    top_cell__set(&cells[HELD], top_words__number(site->held), (double)site->held, ink);
    top_cell__set(&cells[RATE], phrase__rate(site->rate), site->rate, ink);
    top_cell__set(&cells[VERDICT], heap__copied(growth__verdict_name(site->verdict)), site->verdict, ink);
    top_cell__set(&cells[AGE], top_words__time(age), age, INK_PLAIN);
    top_cell__set(&cells[LIFE], life_text(life), life, INK_PLAIN);
    top_cell__set(&cells[PROGRAM], site->share_count > 0 ? programs(trend, site) : heap__copied(""), 0, INK_PLAIN);
    top_cell__set(&cells[PROCESSES], top_words__number(site->share_count), (double)site->share_count, INK_PLAIN);
    top_cell__set(&cells[KIND], heap__copied(resource__type(site->kind)), 0, INK_PLAIN);
    top_cell__set_place(&cells[PLACE], model, site->stack, site->call, INK_STRONG);
    free(place);
    top_cell__set(&cells[ACQUIRED], top_words__number(site->acquired), (double)site->acquired, INK_PLAIN);
    top_cell__set(&cells[RELEASED], top_words__number(site->released), (double)site->released, INK_PLAIN);
    top_cell__set(&cells[SCOPE], top_words__escaped(site->scope != NULL ? site->scope : ""), 0, INK_PLAIN);
}

static void fill(struct top_table *table, const struct top_model *model)
{
    const struct trend *trend = figures__trend(model->figures);
    for (size_t i = 0; i < trend->site_count; i++)
        if (trend->sites[i].held > 0)
            fill_row(table, model, &trend->sites[i]);
}

static void put_shares(FILE *out, const struct trend *trend, const struct trend_site *site)
{
    for (size_t i = 0; i < site->share_count && i < LISTED_SHARES; i++) {
        const struct trend_share *share = &site->shares[i];
        char held[WORDS];
        char *who = phrase__who(&trend->processes[share->process]);
        fprintf(out, "  %7s held  %-8s  %s\n", words__number(held, share->held), growth__verdict_name(share->verdict),
                who);
        free(who);
    }
    size_t left = site->share_count > LISTED_SHARES ? site->share_count - LISTED_SHARES : 0;
    if (left > 0)
        fprintf(out, "  … and %zu more %s\n", left, words__plural(left, "process", "processes"));
}

static double first_run(const struct trend *trend, const struct trend_site *site)
{
    double first = 0;
    for (size_t i = 0; i < site->share_count; i++) {
        double start = trend->processes[site->shares[i].process].process.start;
        first = first > 0 ? fmin(first, start) : start;
    }
    return first;
}

static void describe(FILE *out, const struct top_model *model, const void *subject, size_t width)
{
    const struct trend_site *site = subject;
    char *place = top_words__place(model, site->stack, site->call);
    fprintf(out, "%s\n", place);
    if (site->sentence != NULL) {
        char *verdict = heap__printed("%s: ", growth__verdict_name(site->verdict));
        top_words__sentence(out, width, verdict, site->sentence);
        free(verdict);
    }
    top_words__stack(out, model, site->stack, first_run(figures__trend(model->figures), site));
    put_shares(out, figures__trend(model->figures), site);
    free(place);
}

const struct top_view top_sites = {"sites",  "Sites",
                                   columns,  sizeof columns / sizeof columns[0] - 1,
                                   false,    "no place holds anything",
                                   fill,     NULL,
                                   describe, top_words__farewell};
