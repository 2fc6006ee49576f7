/* What a process holds that had no chance to give it back is a note, unless its site shows the leak. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "story.h"

/* A site of a process that was killed a minute after its start. */
struct past {
    uint64_t first; /* time of the first acquisition */
    uint32_t held;  /* now, acquired one `apart` after the other from `since` on */
    uint64_t since, apart;
    uint32_t released; /* others, that lived for a time of this bucket each */
    uint32_t bucket;
};

enum { FOUR_MS = 0, ONE_SECOND = 8 /* below 2^30 ns */, TWENTY_SECONDS = 13 };

static struct maker *made(const struct past *past)
{
    uint32_t site;
    struct maker *maker = maker_with_site("accept", LW_FD_SOCKET, &site);
    struct lw_site_count *count = maker__site_count(maker, 0, site);
    maker__header(maker)->end = LW_RUNNING;
    ((struct lw_site *)maker__element(maker, LW_SITES, site))->first_time = past->first;
    count->acquired = past->held + past->released;
    count->released = past->released;
    count->lifetimes[past->bucket] = past->released;
    for (uint32_t i = 0; i < past->held; i++)
        maker__fd(maker, 3 + i, site, LW_FD_SOCKET)->acquired_time = past->since + i * past->apart;
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

static void what_grew_older_than_others_is_forgotten(void **state)
{
    (void)state;
    struct past past = {.first = STORY_START,
                        .held = 5,
                        .since = STORY_END - 50 * SECOND,
                        .apart = 10 * SECOND,
                        .released = 1000,
                        .bucket = ONE_SECOND};
    assert_int_equal(level_of(&past, false), LEVEL_ERROR);
    past.held = 4; /* too few to tell */
    assert_int_equal(level_of(&past, false), LEVEL_NOTE);
    past.held = 5; /* all from the start: sessions that last as long as the server */
    past.apart = SECOND / 10;
    assert_int_equal(level_of(&past, false), LEVEL_NOTE);
}

static void one_that_lived_long_excuses_nothing(void **state)
{
    (void)state;
    struct past past = {.first = STORY_START,
                        .held = 5,
                        .since = STORY_END - 50 * SECOND,
                        .apart = 10 * SECOND,
                        .released = 1000,
                        .bucket = ONE_SECOND};
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
    const struct past past = {.first = STORY_START, .held = 64, .since = STORY_START, .apart = SECOND / 1000};
    assert_int_equal(level_of(&past, false), LEVEL_NOTE);
}

static void what_grows_on_and_on_is_a_leak(void **state)
{
    (void)state;
    const struct past past = {.first = STORY_START, .held = 50, .since = STORY_START, .apart = SECOND};
    assert_int_equal(level_of(&past, false), LEVEL_ERROR);
}

static void a_few_that_nobody_ever_released_are_a_note(void **state)
{
    (void)state;
    const struct past past = {.first = STORY_START, .held = 7, .since = STORY_START, .apart = 8 * SECOND};
    assert_int_equal(level_of(&past, false), LEVEL_NOTE);
}

static void where_times_are_too_coarse_others_tell(void **state)
{
    (void)state;
    const struct past alone = {.first = STORY_END - SECOND / 100, .held = 3, .since = STORY_END - SECOND / 200};
    struct past among = alone, many = alone;
    among.released = 200;
    many.held = 8;
    assert_int_equal(level_of(&alone, false), LEVEL_NOTE);
    assert_int_equal(level_of(&among, false), LEVEL_NOTE); /* live connections */
    assert_int_equal(level_of(&many, false), LEVEL_ERROR);
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
        cmocka_unit_test(one_that_lived_long_excuses_nothing),
        cmocka_unit_test(a_pool_is_a_note),
        cmocka_unit_test(what_grows_on_and_on_is_a_leak),
        cmocka_unit_test(a_few_that_nobody_ever_released_are_a_note),
        cmocka_unit_test(where_times_are_too_coarse_others_tell),
        cmocka_unit_test(leaks_on_signal_judges_all),
        cmocka_unit_test(what_is_spared_is_not_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
