/* Leaks are told from load, in histories whose truth is known: the table says how well. See history.h for what they are.
 *
 *     histories_test            the settings (half of them served to find the rule's constants, half to judge it), then fresh
 *                            histories that served for nothing else; fails where a figure is worse than it must be
 *     histories_test WORD       tells what was missed and what was wrongly said in families with this word in their name, too
 *
 * The way to the limit is counted in what has leaked: at half of the way half of all that leaks until the limit is reached
 * has leaked, not half of the time is over. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "families.h"
#include "tally.h"

enum { SETTINGS = 4, FRESH = 7, FAMILIES_MOST = 100 }; /* of each family */

static const char *told;

static const struct group {
    const struct family *families;
    bool is_leak;
} groups[] = {{load_families, false}, {kept_families, false}, {leak_families, true}, {loss_families, true}};

static const char *const way_names[] = {"5 %", "25 %", "50 %", "100 %", "aside"};

/* What went wrong. */
static void tell_site(const struct history *history, const struct look *look, uint32_t number,
                      const struct look_site *site)
{
    bool accused = site->verdict == GROWTH_LEAKING;
    if (accused == site->leaks)
        return;
    printf("    %s, seed %llu, %.3g s of %.3g, limit %u, %s, site %u (%s)%s: %s for reason %d, but %s\n",
           history->family, (unsigned long long)history->seed, look->time, look->time + look->left, history->limit,
           way_names[look->way], number + 1, history->plans[number].call, site->has_outlived ? " outlived" : "",
           growth__verdict_name(site->verdict), (int)site->reason, site->leaks ? "it leaks" : "it does not");
}

static void tell_forecast(const struct history *history, const struct look *look)
{
    const struct growth_forecast *said = &look->forecast;
    bool quiet = !isfinite(look->left);
    if (!said->is_given || (!quiet && fabs(said->point - look->left) < 0.45 * look->left &&
                            said->earliest <= look->left && look->left <= said->latest))
        return;
    printf("    %s, seed %llu, at %.3g s, %s: said %.3g (%.3g to %.3g)%s, true %.3g\n", history->family,
           (unsigned long long)history->seed, look->time, way_names[look->way], said->point, said->earliest,
           said->latest, said->is_conditional ? " if" : "", look->left);
}

static void evaluate(struct tally *tally, const struct group *group, const struct family *family, uint64_t seed,
                     unsigned quarter)
{
    struct look looks[LOOKS];
    struct history history = family__history(family, group->is_leak, seed, quarter);
    unsigned count = look__all(&history, looks);
    tally__add(tally, &history, looks, count);
    for (unsigned i = 0; i < count && told && strstr(family->name, told); i++) {
        for (uint32_t site = 0; site < looks[i].sites; site++)
            tell_site(&history, &looks[i], site, &looks[i].site[site]);
        tell_forecast(&history, &looks[i]);
    }
    history__free(&history);
}

struct sums {
    struct tally tuned, judged, fresh;
    unsigned families;
};

static void evaluate_family(struct sums *sums, const struct group *group, const struct family *family)
{
    uint64_t number = sums->families++;
    struct tally settings = {0};
    for (unsigned i = 0; i < SETTINGS; i++) {
        struct tally one = {0};
        evaluate(&one, group, family, 1000 * number + i, i);
        tally__join(&settings, &one);
        tally__join(i % 2 ? &sums->tuned : &sums->judged, &one);
        tally__free(&one);
    }
    tally__print_row(family->name, &settings);
    tally__free(&settings);
    for (unsigned i = 0; i < FRESH; i++)
        evaluate(&sums->fresh, group, family, 9000000 + 1000 * number + i, i % 4);
}

/* ---- What must hold */

static unsigned failures;

static void must(const char *set, const char *what, double value, double least, double most)
{
    if (value >= least && value <= most)
        return;
    printf("%s: %s is %.3f, and must be from %.3f to %.3f\n", set, what, value, least, most);
    failures++;
}

static void must_hold(const char *set, const struct tally *tally)
{
    must(set, "precision", tally__precision(tally), 0.97, 1);
    must(set, "recall at 25 %", tally__recall(&tally->all[A_QUARTER]), 0.85, 1);
    must(set, "recall at 50 %", tally__recall(&tally->all[HALF]), 0.95, 1);
    must(set, "recall at 25 % of leaks older than others", tally__recall(&tally->outlived[A_QUARTER]), 0.90, 1);
    must(set, "recall at 50 % of leaks older than others", tally__recall(&tally->outlived[HALF]), 0.97, 1);
    must(set, "warm-ups called leaking", tally->warm_ups, 0, 0);
    must(set, "share of looks at 25 and 50 % for which a moment is said", tally__given(tally), 0.9, 1);
    must(set, "nine tenths of forecasts are within", tally__error(&tally->half, 0.9), 0, 0.45);
    must(set, "share of looks without a leak for which a moment is said", tally__false_alarms(tally), 0, 0.02);
    must(set, "share of true moments in the range", tally__within(&tally->half), 0.9, 1);
}

int main(int count, char **arguments)
{
    struct sums sums = {0};
    told = count > 1 ? arguments[1] : NULL;
    tally__print_head("family");
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        for (const struct family *family = groups[i].families; family->name; family++)
            evaluate_family(&sums, &groups[i], family);
    tally__print_sum("settings that served to find the rule", &sums.tuned);
    tally__print_sum("settings that judge it", &sums.judged);
    tally__join(&sums.tuned, &sums.judged);
    tally__print_sum("all settings", &sums.tuned);
    tally__print_sum("fresh histories", &sums.fresh);
    must_hold("settings that judge", &sums.judged);
    must_hold("all settings", &sums.tuned);
    must_hold("fresh", &sums.fresh);
    tally__free(&sums.tuned);
    tally__free(&sums.judged);
    tally__free(&sums.fresh);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
