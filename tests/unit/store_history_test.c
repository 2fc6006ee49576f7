/* What a store tells of a program over time: since which build it leaks, and what is a plateau. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"
#include "store/history.h"
#include "store/intake.h"

#define SECOND INT64_C(1000000000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define NOW (1000 * DAY)

static char path[64];
static struct store *store;
static struct history *history;
static uint32_t runs;

static int begin(void **state)
{
    struct store_error error;
    (void)state;
    runs = 0;
    history = NULL;
    strcpy(path, "/tmp/leakwatch-history.XXXXXX");
    close(mkstemp(path));
    return store__open(&store, path, STORE_WRITE, &error);
}

static int end(void **state)
{
    char *beside[] = {heap__printed("%s-wal", path), heap__printed("%s-shm", path)};
    (void)state;
    history__free(history);
    store__close(store);
    unlink(path);
    for (size_t i = 0; i < 2; i++) {
        unlink(beside[i]);
        free(beside[i]);
    }
    return 0;
}

struct past {
    const char *build;
    int64_t start, life;
    uint64_t held, peak;
    enum growth_verdict verdict;
    double rate;
    bool met_nothing, was_error;
};

static struct run_site site_of(const struct past *past)
{
    return (struct run_site){.fingerprint = "0123456789abcdef",
                             .kind = "fd-leak",
                             .call = "socket",
                             .scope = "",
                             .place = "connect_all at pool.c:88",
                             .module = "server",
                             .acquired = past->peak,
                             .held = past->held,
                             .peak = past->peak,
                             .verdict = past->verdict,
                             .reason = "",
                             .rate = past->rate};
}

static void add(const struct past *past)
{
    struct store_error error = {.text = ""};
    struct run_site site = site_of(past);
    struct run_finding finding = {
        .fingerprint = site.fingerprint, .kind = "fd-leak", .level = LEVEL_ERROR, .count = past->held};
    struct run run = {.program = "server --port",
                      .executable = "server",
                      .path = "/usr/bin/server",
                      .build = past->build,
                      .host = "web1",
                      .ledger = "server.lwl",
                      .how = "killed",
                      .pid = ++runs,
                      .start = past->start,
                      .moment = past->start + past->life,
                      .peak = past->peak + 3,
                      .open = past->held + 3,
                      .sites = &site,
                      .site_count = !past->met_nothing,
                      .findings = &finding,
                      .finding_count = past->was_error};
    if (store__add(store, &run, &error) != INTAKE_NEW)
        fail_msg("%s", error.text);
}

static void add_many(struct past past, size_t count)
{
    for (size_t i = 0; i < count; i++, past.start += DAY)
        add(&past);
}

static const struct history_site *only_site(void)
{
    struct store_error error = {.text = ""};
    history = history__of(store, "server --port", &error);
    if (history == NULL)
        fail_msg("%s", error.text);
    assert_int_equal(history->site_count, 1);
    return history__site(history, "0123456789abcdef");
}

static void assert_since(const char *expected)
{
    char *text = history__since(history, &history->sites[0], NOW);
    assert_string_equal(text, expected);
    free(text);
}

static void the_build_that_began_to_leak_is_named(void **state)
{
    (void)state;
    add_many((struct past){.build = "aaaaaaaaaa", .start = NOW - 30 * DAY, .life = DAY, .held = 4, .peak = 39}, 14);
    add_many((struct past){.build = "bbbbbbbbbb",
                           .start = NOW - 4 * DAY,
                           .life = DAY / 2,
                           .held = 130,
                           .peak = 150,
                           .verdict = GROWTH_LEAKING,
                           .rate = 11.2},
             4);
    const struct history_site *site = only_site();
    assert_true(site->leaks);
    assert_int_equal(history->build_count, 2);
    assert_int_equal(site->since, 1);
    assert_int_equal(site->parts[0].held_most, 4);
    assert_int_equal(site->parts[1].leaking, 4);
    assert_string_equal(site->parts[1].verdict, "leaking");
    assert_since(
        "leaks since build bbbbbbb (first seen 4 d 0 h ago): in 4 of 4 runs, 11.2 an hour; before, in 0 of 14");
    assert_int_equal(site->plateau, 39);
    assert_int_equal(site->plateau_runs, 14);
}

static void what_grew_worse_shows_by_build(void **state)
{
    (void)state;
    struct past past = {.life = HOUR, .verdict = GROWTH_LEAKING};
    for (int i = 0; i < 5; i++) {
        past.build = i < 2 ? "aaaa" : "bbbb";
        past.start = NOW - (10 - i) * DAY;
        past.rate = i < 2 ? 3 : 30 + i;
        past.held = past.peak = (uint64_t)(10 * i);
        add(&past);
    }
    const struct history_site *site = only_site();
    assert_int_equal(site->since, 0);
    assert_true(site->parts[0].rate > 2.9 && site->parts[0].rate < 3.1);
    assert_true(site->parts[1].rate > 32.9 && site->parts[1].rate < 33.1);
    assert_int_equal(site->parts[1].held_median, 30);
    assert_int_equal(site->parts[1].held_most, 40);
    assert_since("leaks since the first run that is known, of build aaaa (first seen 10 d 0 h ago): in 5 of 5 runs, "
                 "32.0 an hour");
}

static void what_was_mended_is_said(void **state)
{
    (void)state;
    add_many(
        (struct past){.build = "aaaa", .start = NOW - 9 * DAY, .life = HOUR, .held = 9, .peak = 9, .was_error = true},
        3);
    add_many((struct past){.build = "bbbb", .start = NOW - 2 * DAY, .life = HOUR, .peak = 2}, 2);
    assert_false(only_site()->leaks);
    assert_since("leaked before build bbbb (first seen 2 d 0 h ago) in 3 of 3 runs, and not in the 2 since");
}

static void runs_that_did_not_come_there_count_and_prove_nothing(void **state)
{
    (void)state;
    add_many((struct past){.build = "aaaa", .start = NOW - 9 * DAY, .life = HOUR, .verdict = GROWTH_LEAKING, .held = 9},
             2);
    add_many((struct past){.build = "bbbb", .start = NOW - 5 * DAY, .life = HOUR, .met_nothing = true}, 2);
    add_many((struct past){.build = "cccc", .start = NOW - 2 * DAY, .life = HOUR, .verdict = GROWTH_LEAKING, .held = 9},
             1);
    const struct history_site *site = only_site();
    assert_int_equal(site->since, 0);
    assert_int_equal(site->leaking, 3);
    assert_int_equal(site->runs, 5);
}

/* Nothing was ever given back, and one look cannot tell: what is as high after twice the time had stayed there. */
static void a_pool_that_was_filled_is_a_plateau(void **state)
{
    (void)state;
    struct past past = {.build = "aaaa", .start = NOW - 20 * DAY, .verdict = GROWTH_SUSPECT, .held = 38, .peak = 40};
    for (int hours = 1; hours <= 8; hours *= 2, past.start += DAY) {
        past.life = hours * HOUR;
        add(&past);
    }
    const struct history_site *site = only_site();
    assert_int_equal(site->plateau, 40);
    assert_int_equal(site->plateau_runs, 3); /* the shortest proves nothing */
}

static void what_grows_with_time_is_none(void **state)
{
    (void)state;
    struct past past = {.build = "aaaa", .start = NOW - 20 * DAY, .verdict = GROWTH_SUSPECT};
    for (int hours = 1; hours <= 16; hours *= 2, past.start += DAY) {
        past.life = hours * HOUR;
        past.held = past.peak = (uint64_t)hours * 10;
        add(&past);
    }
    const struct history_site *site = only_site();
    assert_int_equal(site->plateau, 0);
    assert_int_equal(site->plateau_runs, 0);
}

static void how_long_each_run_lived(void **state)
{
    (void)state;
    add_many((struct past){.build = "aaaa", .start = NOW - 9 * DAY, .life = 5 * HOUR, .held = 7, .peak = 9}, 2);
    only_site();
    assert_int_equal(history->run_count, 2);
    assert_int_equal(history->runs[0].seen - history->runs[0].start, 5 * HOUR);
    assert_int_equal(history->runs[1].start, NOW - 8 * DAY);
    assert_string_equal(history->runs[1].how, "killed");
    assert_int_equal(history->runs[1].open, 10);
    assert_int_equal(history->runs[1].peak, 12);
}

static void a_program_that_never_ran_has_no_history(void **state)
{
    (void)state;
    struct store_error error;
    history = history__of(store, "nobody", &error);
    assert_non_null(history);
    assert_int_equal(history->run_count, 0);
    assert_null(history__site(history, "0123456789abcdef"));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_build_that_began_to_leak_is_named),
        CASE(what_grew_worse_shows_by_build),
        CASE(what_was_mended_is_said),
        CASE(runs_that_did_not_come_there_count_and_prove_nothing),
        CASE(a_pool_that_was_filled_is_a_plateau),
        CASE(what_grows_with_time_is_none),
        CASE(how_long_each_run_lived),
        CASE(a_program_that_never_ran_has_no_history),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
