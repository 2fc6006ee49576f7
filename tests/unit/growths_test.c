/* What a process holds that had no chance to give it back is a note, unless its site shows the leak; in one that still runs
 * it is told by its growth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "story.h"

/* A site of a process that was killed a minute after its start. */
struct past {
    uint64_t first; /* time of the first acquisition */
    uint32_t held;  /* now, acquired one `apart` after the other from `since` on */
    uint64_t since, apart;
    uint32_t released; /* others, that lived for a time of this bucket each */
    uint32_t bucket;
    enum lw_kind kind; /* LW_KIND_NONE: sockets */
};

enum { FOUR_MS = 0, ONE_SECOND = 8 /* below 2^30 ns */, TWENTY_SECONDS = 13, LIMIT = 1024 };

static struct maker *made(const struct past *past)
{
    uint32_t site;
    enum lw_kind kind = past->kind != LW_KIND_NONE ? past->kind : LW_FD_SOCKET;
    struct maker *maker = maker_with_site("accept", kind, &site);
    struct lw_site_count *count = maker__site_count(maker, 0, site);
    maker__header(maker)->end = LW_RUNNING;
    maker__header(maker)->nofile_soft = LIMIT;
    ((struct lw_site *)maker__element(maker, LW_SITES, site))->first_time = past->first;
    count->acquired = past->held + past->released;
    count->released = past->released;
    count->lifetimes[past->bucket] = past->released;
    count->last_time = past->released > 0 ? STORY_END : 0; /* it works to its end */
    for (uint32_t i = 0; i < past->held; i++) {
        uint32_t number;
        struct lw_slot *slot = kind == LW_THREAD ? maker__handle(maker, 0x7000 + 64 * i, site, kind, &number)
                                                 : maker__fd(maker, 3 + i, site, kind);
        slot->acquired_time = past->since + i * past->apart;
        slot->flags |= kind == LW_THREAD ? LW_OVER : 0;
    }
    return maker;
}

static enum level level_of(const struct past *past, bool leaks_on_signal)
{
    struct story *story = story__new(&(struct collector_options){.leaks_on_signal = leaks_on_signal}, NULL);
    story__add(story, made(past), NULL);
    enum level level = only_finding(story__end(story), "fd-leak")->level;
    story__free(story);
    return level;
}

static void work_in_progress_is_a_note(void **state)
{
    (void)state;
    const struct past past = {.first = STORY_START,
                              .held = 5,
                              .since = STORY_END - SECOND,
                              .apart = SECOND / 10,
                              .released = 1000,
                              .bucket = ONE_SECOND};
    assert_int_equal(level_of(&past, false), LEVEL_NOTE);
}

static void much_work_in_progress_is_a_note(void **state)
{
    (void)state;
    const struct past past = {.first = STORY_START,
                              .held = 100,
                              .since = STORY_END - SECOND,
                              .apart = SECOND / 200,
                              .released = 100000,
                              .bucket = ONE_SECOND};
    assert_int_equal(level_of(&past, false), LEVEL_NOTE);
}

/* Twelve that came one after the other, while all others were given back within a second. */
static struct past forgotten(void)
{
    return (struct past){.first = STORY_START,
                         .held = 12,
                         .since = STORY_START + SECOND,
                         .apart = 9 * SECOND / 2,
                         .released = 1000,
                         .bucket = ONE_SECOND};
}

static void what_grew_older_than_others_is_forgotten(void **state)
{
    (void)state;
    struct past past = forgotten();
    assert_int_equal(level_of(&past, false), LEVEL_ERROR);
    past.held = 4; /* too few to tell */
    assert_int_equal(level_of(&past, false), LEVEL_NOTE);
    past.held = 12; /* all from the start: sessions that last as long as the server */
    past.apart = SECOND / 10;
    assert_int_equal(level_of(&past, false), LEVEL_NOTE);
}

static void threads_that_nobody_joined_are_judged_likewise(void **state)
{
    (void)state;
    struct past past = forgotten();
    past.kind = LW_THREAD;
    struct story *story = story__of(made(&past));
    assert_int_equal(only_finding(story__end(story), "thread-leak")->level, LEVEL_WARNING);
    story__free(story);
    past.held = 4;
    story = story__of(made(&past));
    assert_int_equal(only_finding(story__end(story), "thread-leak")->level, LEVEL_NOTE);
    story__free(story);
}

static void one_that_lived_long_excuses_nothing(void **state)
{
    (void)state;
    struct past past = forgotten();
    past.held = 50;
    past.apart = SECOND;
    struct maker *maker = made(&past);
    struct lw_site_count *count = maker__site_count(maker, 0, 1);
    count->released++;
    count->lifetimes[TWENTY_SECONDS]++;
    struct story *story = story__of(maker);
    assert_int_equal(only_finding(story__end(story), "fd-leak")->level, LEVEL_ERROR);
    story__free(story);
}

static void a_pool_is_a_note(void **state)
{
    (void)state;
    const struct past past = {.first = STORY_START, .held = 300, .since = STORY_START, .apart = SECOND / 1000};
    assert_int_equal(level_of(&past, false), LEVEL_NOTE);
}

/* Nothing was ever given back: it may be a cache that fills, until it takes a fifth of the table. */
static void what_grows_on_and_on_is_a_leak_when_it_takes_much(void **state)
{
    (void)state;
    struct past past = {.first = STORY_START, .held = 250, .since = STORY_START, .apart = SECOND * 60 / 250};
    assert_int_equal(level_of(&past, false), LEVEL_ERROR);
    past.held = 50;
    past.apart = SECOND;
    assert_int_equal(level_of(&past, false), LEVEL_NOTE);
}

static const char *reason_of(const struct finding *finding)
{
    const char *text = finding__text(finding, FACT_GROWTH);
    assert_non_null(text);
    return text;
}

static void the_finding_says_why(void **state)
{
    (void)state;
    struct past past = forgotten();
    struct story *story = story__of(made(&past));
    const struct finding *finding = only_finding(story__end(story), "fd-leak");
    assert_string_equal(finding->growth->verdict, "leaking");
    assert_non_null(strstr(reason_of(finding), "of 1,012 taken here 12 are held for more than "));
    assert_null(finding__fact(finding, FACT_FORECAST)); /* it has ended */
    story__free(story);
    past = (struct past){.first = STORY_START, .held = 50, .since = STORY_START, .apart = SECOND};
    story = story__of(made(&past));
    finding = only_finding(story__end(story), "fd-leak");
    assert_int_equal(finding->level, LEVEL_NOTE);
    assert_string_equal(finding->growth->verdict, "suspect");
    assert_non_null(strstr(reason_of(finding), "none of 50 taken here was ever given back"));
    story__free(story);
    past = (struct past){.first = STORY_START, .held = 3, .since = STORY_START};
    story = story__of(made(&past));
    assert_null(only_finding(story__end(story), "fd-leak")->growth); /* nothing tells */
    story__free(story);
}

static void what_differs_between_runs_is_not_told_in_a_steady_report(void **state)
{
    (void)state;
    const struct past past = forgotten();
    struct story *story = story__new(&(struct collector_options){.steady = true, .grouping = {.steady = true}}, NULL);
    story__add(story, made(&past), NULL);
    const struct finding *finding = only_finding(story__end(story), "fd-leak");
    assert_int_equal(finding->level, LEVEL_ERROR);
    assert_string_equal(finding->growth->verdict, "leaking");
    static const enum fact_id varies[] = {FACT_OF_LIMIT, FACT_PACE, FACT_GROWTH, FACT_FORECAST, FACT_WOULD_TELL};
    for (size_t i = 0; i < sizeof varies / sizeof varies[0]; i++)
        assert_null(finding__fact(finding, varies[i]));
    story__free(story);
}

static void where_times_are_too_short_others_tell(void **state)
{
    (void)state;
    const struct past alone = {.first = STORY_END - SECOND / 100, .held = 3, .since = STORY_END - SECOND / 200};
    struct past among = alone, many = alone;
    among.released = 200;
    many.held = 8;
    assert_int_equal(level_of(&alone, false), LEVEL_NOTE);
    assert_int_equal(level_of(&among, false), LEVEL_NOTE); /* live connections */
    assert_int_equal(level_of(&many, false), LEVEL_ERROR);
    among.kind = LW_FD_FILE;
    struct story *story = story__of(made(&among));
    const struct finding *finding = only_finding(story__end(story), "fd-leak");
    assert_int_equal(finding->level, LEVEL_ERROR);
    assert_string_equal(reason_of(finding),
                        "200 others taken here were given back, in 10 ms: too short for ages to tell more");
    story__free(story);

    /* Times of the ledger are those of the kernel's ticks. */
    const struct past at_once = {.first = STORY_END, .held = 9, .since = STORY_END};
    story = story__of(made(&at_once));
    assert_string_equal(reason_of(only_finding(story__end(story), "fd-leak")),
                        "none of 9 taken here was given back, in less than 10 ms: too short for ages to tell more");
    story__free(story);
}

static void leaks_on_signal_judges_all(void **state)
{
    (void)state;
    const struct past one = {.first = STORY_START, .held = 1, .since = STORY_END - SECOND};
    struct past two = one;
    two.held = 2;
    assert_int_equal(level_of(&one, false), LEVEL_NOTE);
    assert_int_equal(level_of(&one, true), LEVEL_NOTE); /* accepted last, perhaps still served */
    assert_int_equal(level_of(&two, false), LEVEL_NOTE);
    assert_int_equal(level_of(&two, true), LEVEL_ERROR);
}

/* The same leak in a process that ended and in one that was killed: the killed one's do not count. */
static void what_is_spared_is_not_counted(void **state)
{
    (void)state;
    const struct past past = {.first = STORY_START, .held = 3, .since = STORY_START, .apart = SECOND};
    struct maker *ended = made(&past);
    maker__header(ended)->end = LW_EXIT;
    struct story *story = story__new(NULL, NULL);
    story__add(story, made(&past), NULL);
    story__add(story, ended, NULL);
    const struct finding *finding = only_finding(story__end(story), "fd-leak");
    assert_int_equal(finding->level, LEVEL_ERROR);
    assert_int_equal(finding->count, 3);
    assert_int_equal(finding->spared, 3);
    assert_int_equal(finding->process_count, 1);
    story__free(story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_in_progress_is_a_note),
        cmocka_unit_test(much_work_in_progress_is_a_note),
        cmocka_unit_test(what_grew_older_than_others_is_forgotten),
        cmocka_unit_test(threads_that_nobody_joined_are_judged_likewise),
        cmocka_unit_test(one_that_lived_long_excuses_nothing),
        cmocka_unit_test(a_pool_is_a_note),
        cmocka_unit_test(what_grows_on_and_on_is_a_leak_when_it_takes_much),
        cmocka_unit_test(the_finding_says_why),
        cmocka_unit_test(what_differs_between_runs_is_not_told_in_a_steady_report),
        cmocka_unit_test(where_times_are_too_short_others_tell),
        cmocka_unit_test(leaks_on_signal_judges_all),
        cmocka_unit_test(what_is_spared_is_not_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
