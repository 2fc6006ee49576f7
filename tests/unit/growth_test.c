/* Leak or load, and when the limit is reached: one look at a ledger. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "growth/growth.h"
#include "growth/statistics.h"
#include "base/words.h"
#include "story.h"

/* Tables of the distribution of chi squared. */
static void quantiles_are_those_of_the_tables(void **state)
{
    (void)state;
    static const struct {
        double probability, freedom, value;
    } rows[] = {{0.99, 2, 9.210340},   {0.99, 4, 13.276704}, {0.10, 2, 0.210721},     {0.10, 20, 12.442609},
                {0.95, 10, 18.307038}, {0.05, 10, 3.940299}, {0.99, 100, 135.806723}, {0.95, 1, 3.841459}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double value = 2 * statistics__gamma_quantile(rows[i].probability, rows[i].freedom / 2);
        assert_true(value > rows[i].value * 0.999999 && value < rows[i].value * 1.000001);
    }
    double large = statistics__gamma_quantile(0.5, 1e6); /* the median lies a third below the shape */
    assert_true(large > 1e6 - 0.34 && large < 1e6 - 0.32);
    assert_true(statistics__gamma_quantile(0.5, 0) == 0);
}

#define HOUR (3600 * SECOND)

enum { LIMIT = 1024, ONE_SECOND = 8 /* below 2^30 ns */ };

/* A site of a process that has lived for six hours, and still runs. */
struct past {
    uint64_t released; /* within a second */
    uint32_t held;
    uint64_t since, apart; /* the first of these; ns between two */
    uint64_t idle;         /* for so long it has taken nothing */
    uint64_t full;         /* since the start: when there was no descriptor left; 0: never */
    uint64_t open;         /* descriptors, at every hour so far; 0: not known */
    bool is_over;          /* threads that have ended */
};

static struct growth *growth_of(const struct past *past, enum lw_kind kind)
{
    uint32_t site;
    struct maker *maker = maker_with_site("accept", kind, &site);
    struct lw_site_count *count = maker__site_count(maker, 0, site);
    struct ledger *ledger;
    struct ledger_error error;
    char path[] = "/tmp/leakwatch.growth.XXXXXX";
    maker__header(maker)->end = LW_RUNNING;
    ((struct lw_site *)maker__element(maker, LW_SITES, site))->first_time = STORY_START;
    count->acquired = past->held + past->released;
    count->released = past->released;
    count->last_time = STORY_START + 6 * HOUR - past->idle;
    count->lifetimes[ONE_SECOND] = (uint32_t)past->released;
    for (uint32_t i = 0; i < past->held; i++) {
        uint32_t number;
        struct lw_slot *slot = kind == LW_THREAD ? maker__handle(maker, 0x7000 + 64 * i, site, kind, &number)
                                                 : maker__fd(maker, 3 + i, site, kind);
        slot->acquired_time = STORY_START + past->since + i * past->apart;
        slot->flags |= past->is_over ? LW_OVER : 0;
    }
    for (uint64_t hour = 0; past->open > 0 && hour < 6; hour++)
        maker__sample(maker, STORY_START + hour * HOUR, past->open);
    if (past->full > 0)
        maker__exhaustion(maker, EMFILE)->time = STORY_START + past->full;
    assert_true(mkstemp(path) >= 0);
    maker__write(maker, path);
    maker__free(maker);
    assert_int_equal(ledger__open(&ledger, path, &error), 0);
    struct growth *growth = growth__of(ledger, STORY_START + 6 * HOUR, LIMIT);
    ledger__close(ledger);
    assert_int_equal(remove(path), 0);
    assert_int_equal(growth->site_count, 1);
    return growth;
}

static void one_in_a_thousand_that_stays_is_a_leak(void **state)
{
    (void)state;
    struct growth *growth =
        growth_of(&(struct past){.released = 41163, .held = 37, .since = HOUR / 6, .apart = HOUR / 7}, LW_FD_SOCKET);
    assert_int_equal(growth->judgements[0].verdict, GROWTH_LEAKING);
    assert_true(growth->forecast.is_given == false); /* 37 in 6 hours: not within ten of its lives */
    assert_string_equal(growth->forecast.why_not, "not within ten of its lives");
    char *text = growth__sentence(growth, 0);
    assert_non_null(strstr(text, "of 41,200 taken here 37 are held for more than "));
    assert_non_null(strstr(text, "though 100 % of the others were given back within 1.1 s"));
    free(text);
    text = growth__forecast_sentence(&growth->forecast, growth->limit, "descriptors");
    assert_non_null(strstr(text, "at this pace the limit of 1,024 descriptors is reached in about "));
    assert_non_null(strstr(text, "(too early to be sure)"));
    free(text);
    growth__free(growth);
}

static void a_leak_that_fills_the_table_is_foretold(void **state)
{
    (void)state;
    struct growth *growth = growth_of(
        &(struct past){.released = 100000, .held = 341, .since = HOUR / 100, .apart = HOUR / 57}, LW_FD_SOCKET);
    const struct growth_forecast *forecast = &growth->forecast;
    double left = (LIMIT - 341) / 57.0 * 3600;
    assert_true(forecast->is_given);
    assert_true(forecast->point > left * 0.95 && forecast->point < left * 1.05);
    assert_true(forecast->earliest < left && forecast->latest > left);
    char *text = growth__forecast_sentence(forecast, growth->limit, "descriptors");
    assert_non_null(strstr(text, "1,024 descriptors are reached in "));
    free(text);
    growth__free(growth);
}

static void connections_in_progress_are_load(void **state)
{
    (void)state;
    struct growth *growth =
        growth_of(&(struct past){.released = 100000, .held = 300, .since = 6 * HOUR - SECOND, .apart = SECOND / 400},
                  LW_FD_SOCKET);
    assert_true(growth->judgements[0].verdict < GROWTH_SUSPECT);
    assert_string_equal(growth->forecast.why_not, "no steady growth");
    growth__free(growth);
}

/* As a cache does that nobody asks any more: what it holds is older than what it gave back ever was, and no leak for that. */
static void what_grows_old_while_nothing_happens_is_load(void **state)
{
    (void)state;
    struct past past = {
        .released = 7000, .held = 100, .since = 6 * HOUR - 4 * SECOND, .apart = SECOND / 100, .idle = 3 * SECOND};
    struct growth *growth = growth_of(&past, LW_FD_FILE);
    assert_true(growth->judgements[0].verdict < GROWTH_SUSPECT);
    growth__free(growth);
    past.apart = HOUR / 20; /* but what was old before that is none the younger */
    past.since = HOUR / 2;
    growth = growth_of(&past, LW_FD_FILE);
    assert_int_equal(growth->judgements[0].verdict, GROWTH_LEAKING);
    growth__free(growth);
}

/* A client with a pool among many that are short: it has come once. */
static void those_that_came_together_are_no_leak(void **state)
{
    (void)state;
    struct past past = {.released = 40000, .held = 24, .since = 5 * HOUR, .apart = SECOND / 1000};
    struct growth *growth = growth_of(&past, LW_FD_SOCKET);
    assert_int_equal(growth->judgements[0].verdict, GROWTH_SUSPECT);
    growth__free(growth);
    past.apart = HOUR / 26;
    growth = growth_of(&past, LW_FD_SOCKET);
    assert_int_equal(growth->judgements[0].verdict, GROWTH_LEAKING);
    growth__free(growth);
}

/* Others come and go, these are kept since the start. */
static void a_pool_that_was_filled_is_steady(void **state)
{
    (void)state;
    struct growth *growth =
        growth_of(&(struct past){.released = 5000, .held = 50, .since = SECOND, .apart = 2 * SECOND}, LW_FD_SOCKET);
    assert_int_equal(growth->judgements[0].verdict, GROWTH_STEADY);
    assert_int_equal(growth->judgements[0].reason, GROWTH_FROM_THE_START);
    growth__free(growth);
}

static void what_never_comes_back_is_a_leak_from_a_fifth_of_the_limit_on(void **state)
{
    (void)state;
    struct past past = {.held = 190, .since = HOUR / 100, .apart = HOUR / 32};
    struct growth *growth = growth_of(&past, LW_FD_FILE);
    assert_int_equal(growth->judgements[0].verdict, GROWTH_SUSPECT);
    assert_true(growth->forecast.is_conditional);
    growth__free(growth);
    past.held = 210;
    past.apart = HOUR / 36;
    growth = growth_of(&past, LW_FD_FILE);
    assert_int_equal(growth->judgements[0].verdict, GROWTH_LEAKING);
    growth__free(growth);
}

/* It filled the table within an hour, and nothing could come for five. */
static void a_leak_stays_one_when_the_table_is_full(void **state)
{
    (void)state;
    struct past past = {.held = LIMIT, .since = SECOND, .apart = 3 * SECOND, .idle = 5 * HOUR, .full = HOUR};
    struct growth *growth = growth_of(&past, LW_FD_FILE);
    assert_int_equal(growth->judgements[0].verdict, GROWTH_LEAKING);
    assert_true(growth->forecast.point == 0);
    growth__free(growth);
    past.held = 700; /* it has room again, and nothing came */
    growth = growth_of(&past, LW_FD_FILE);
    assert_true(growth->judgements[0].verdict < GROWTH_LEAKING);
    growth__free(growth);
}

/* A ring of files that is filled at one place, and renewed at another: as many go as come. */
static void what_takes_over_from_others_is_no_leak(void **state)
{
    (void)state;
    struct past past = {.held = 400, .since = HOUR / 100, .apart = HOUR / 68, .open = 400};
    struct growth *growth = growth_of(&past, LW_FD_FILE);
    assert_int_equal(growth->judgements[0].verdict, GROWTH_SUSPECT);
    assert_int_equal(growth->judgements[0].reason, GROWTH_NEVER_REPLACING);
    growth__free(growth);
    past.open = 0;
    growth = growth_of(&past, LW_FD_FILE);
    assert_int_equal(growth->judgements[0].verdict, GROWTH_LEAKING);
    growth__free(growth);
}

/* A hundredth of how many there may be, but no pool and no cache. */
static void threads_that_nobody_joins_are_a_leak(void **state)
{
    (void)state;
    struct past past = {.held = 300, .since = HOUR / 100, .apart = HOUR / 51, .is_over = true};
    struct growth *growth = growth_of(&past, LW_THREAD);
    assert_int_equal(growth->judgements[0].verdict, GROWTH_LEAKING);
    char *text = growth__sentence(growth, 0);
    assert_string_equal(text, "of 300 started here 300 have ended, and nobody has joined them; they come evenly");
    free(text);
    growth__free(growth);
    past.is_over = false;
    growth = growth_of(&past, LW_THREAD);
    assert_int_equal(growth->judgements[0].verdict, GROWTH_SUSPECT);
    growth__free(growth);
}

static void threads_count_against_their_own_limit(void **state)
{
    (void)state;
    const struct past past = {.released = 50000, .held = 400, .since = HOUR / 100, .apart = HOUR / 67};
    struct growth *growth = growth_of(&past, LW_THREAD);
    assert_int_equal(growth->judgements[0].verdict, GROWTH_LEAKING);
    assert_string_equal(growth->forecast.why_not, "no steady growth");
    assert_true(growth->threads.rate > 66.0 / 3600 && growth->threads.rate < 68.0 / 3600);
    growth__free(growth);
}

static void remember(void *past, const struct growth_site *site, struct growth_context *context)
{
    (void)site;
    context->plateau = *(const uint64_t *)past;
    context->plateau_runs = 14;
}

/* What earlier runs held is no leak, though one look cannot tell it from one. */
static void what_earlier_runs_held_is_steady(void **state)
{
    (void)state;
    uint64_t births[190], plateau = 200;
    struct growth_site site = {
        .kind = LW_FD_FILE, .first = STORY_START, .acquired = 190, .births = births, .held = 190};
    for (size_t i = 0; i < 190; i++)
        births[i] = STORY_START + i * HOUR / 32;
    struct growth_context context = {.now = STORY_START + 6 * HOUR, .limit = LIMIT};
    assert_int_equal(growth__judge(&site, &context).verdict, GROWTH_SUSPECT);
    remember(&plateau, &site, &context);
    assert_int_equal(growth__judge(&site, &context).verdict, GROWTH_STEADY);
    context.plateau = 150;
    assert_int_equal(growth__judge(&site, &context).verdict, GROWTH_SUSPECT);
}

/* Suspect now, as none came of late; an earlier look called it leaking, and what was held then still is. */
static void an_earlier_look_holds(void **state)
{
    (void)state;
    uint64_t births[60];
    struct growth_site site = {.kind = LW_FD_SOCKET,
                               .first = STORY_START,
                               .acquired = 100060,
                               .released = 100000,
                               .births = births,
                               .held = 60};
    site.lifetimes[ONE_SECOND] = 100000;
    for (size_t i = 0; i < 60; i++)
        births[i] = STORY_START + HOUR + i * HOUR / 60;
    struct growth_context context = {.now = STORY_START + 6 * HOUR, .limit = LIMIT};
    assert_int_equal(growth__judge(&site, &context).reason, GROWTH_OUTLIVES_STOPPED);
    struct growth_context then = {.now = STORY_START + 2 * HOUR, .limit = LIMIT};
    struct growth_judgement earlier = growth__judge(&site, &then);
    assert_int_equal(earlier.verdict, GROWTH_LEAKING);
    context.earlier = &earlier;
    context.earlier_time = then.now;
    assert_int_equal(growth__judge(&site, &context).verdict, GROWTH_LEAKING);
    assert_int_equal(growth__judge(&site, &context).reason, GROWTH_STILL_SO);
    memmove(births, births + 10, 50 * sizeof births[0]); /* ten of them have come back since */
    site.held = 50;
    assert_int_equal(growth__judge(&site, &context).verdict, GROWTH_SUSPECT);
}

static void ranges_have_one_unit(void **state)
{
    (void)state;
    char text[WORDS];
    assert_string_equal(words__range(text, 9 * 3600, 14 * 3600), "9 to 14 h");
    assert_string_equal(words__range(text, 90, 200), "1.5 to 3.3 min");
    assert_string_equal(words__range(text, 5400, 1.0 / 0.0), "90 min or later");
    assert_string_equal(words__range(text, 36, 36.2), "36 s");
    assert_string_equal(words__range(text, 10 * 3600, 2 * 86400), "10 h to 2 d");
    assert_string_equal(words__range(text, 0, 3 * 86400), "0 to 3 d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_those_of_the_tables),
        cmocka_unit_test(one_in_a_thousand_that_stays_is_a_leak),
        cmocka_unit_test(a_leak_that_fills_the_table_is_foretold),
        cmocka_unit_test(connections_in_progress_are_load),
        cmocka_unit_test(what_grows_old_while_nothing_happens_is_load),
        cmocka_unit_test(those_that_came_together_are_no_leak),
        cmocka_unit_test(a_pool_that_was_filled_is_steady),
        cmocka_unit_test(what_never_comes_back_is_a_leak_from_a_fifth_of_the_limit_on),
        cmocka_unit_test(a_leak_stays_one_when_the_table_is_full),
        cmocka_unit_test(what_takes_over_from_others_is_no_leak),
        cmocka_unit_test(threads_that_nobody_joins_are_a_leak),
        cmocka_unit_test(threads_count_against_their_own_limit),
        cmocka_unit_test(what_earlier_runs_held_is_steady),
        cmocka_unit_test(an_earlier_look_holds),
        cmocka_unit_test(ranges_have_one_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
