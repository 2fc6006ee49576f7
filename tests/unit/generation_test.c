/* The newest of a place was held to the end where it took over from those before it; else it was forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "story.h"

enum { MAIN = 4711, OTHER = 4712 };

/* One site of one thread, and what it holds: acquired at the last acquisition, or so long before it. */
struct past {
    uint32_t acquired, held, peak;
    uint64_t first, last, before;
    uint64_t given_back; /* when the newest of those was acquired */
    uint32_t by_other;   /* of those given back, by another thread */
};

static const struct past reloaded = {.acquired = 5,
                                     .held = 1,
                                     .peak = 2,
                                     .first = STORY_START,
                                     .last = STORY_START + 40 * SECOND,
                                     .given_back = STORY_START + 30 * SECOND};

static struct story *story_of(const struct past *past)
{
    uint32_t site;
    struct maker *maker = maker_with_site("open", LW_FD_FILE, &site);
    ((struct lw_site *)maker__element(maker, LW_SITES, site))->first_time = past->first;
    maker__header(maker)->pid = MAIN;
    maker__lane(maker, 0)->thread = MAIN;
    maker__lane(maker, 1)->thread = OTHER;
    struct lw_site_count *count = maker__site_count(maker, 0, site);
    count->acquired = past->acquired;
    count->released = past->acquired - past->held - past->by_other;
    count->peak = past->peak;
    count->last_time = past->last;
    maker__site_count(maker, 1, site)->released = past->by_other;
    for (uint32_t i = 0; i < past->held; i++) {
        struct lw_slot *slot = maker__fd(maker, 3 + i, site, LW_FD_FILE);
        slot->thread = MAIN;
        slot->acquired_time = past->last - past->before;
    }
    struct lw_slot *slot = maker__fd(maker, 3 + past->held, site, LW_FD_FILE);
    slot->acquired_time = past->given_back;
    maker__state(slot, LW_FREE);
    return story__of(maker);
}

static void assert_level(const struct past *past, enum level level)
{
    struct story *story = story_of(past);
    const struct finding *finding = only_finding(story__end(story), "fd-leak");
    assert_int_equal(finding->level, level);
    assert_int_equal(finding->held_to_end, level == LEVEL_WARNING);
    assert_int_equal(finding->took_over, level == LEVEL_WARNING);
    assert_int_equal(finding->count, past->held);
    story__free(story);
}

static void the_newest_took_over(void **state)
{
    (void)state;
    assert_level(&reloaded, LEVEL_WARNING);
}

static void so_did_several_together(void **state)
{
    (void)state;
    struct past past = reloaded;
    past.acquired = 9;
    past.held = 3;
    past.peak = 6;
    assert_level(&past, LEVEL_WARNING);
    past.peak = 4; /* one was closed and three were not */
    assert_level(&past, LEVEL_ERROR);
}

static void what_was_opened_after_the_others_were_closed_is_a_leak(void **state)
{
    (void)state;
    struct past past = reloaded;
    past.peak = 1;
    assert_level(&past, LEVEL_ERROR);
}

static void the_last_of_many_at_once_is_a_leak(void **state)
{
    (void)state;
    struct past past = reloaded;
    past.peak = 4;
    assert_level(&past, LEVEL_ERROR);
}

static void what_is_not_the_newest_is_a_leak(void **state)
{
    (void)state;
    struct past older = reloaded, overtaken = reloaded;
    older.before = 5 * SECOND; /* what came last was given back, and its number is another's by now */
    assert_level(&older, LEVEL_ERROR);
    overtaken.given_back = overtaken.last + SECOND;
    assert_level(&overtaken, LEVEL_ERROR);
}

static void where_times_are_too_coarse_many_tell_nothing(void **state)
{
    (void)state;
    struct past past = reloaded;
    past.last = past.given_back = past.first;
    assert_level(&past, LEVEL_WARNING);
    past.acquired = 1000;
    assert_level(&past, LEVEL_ERROR);
}

/* What is counted by several threads may not be the most that were held at once. */
static void where_others_release_the_peak_tells_nothing(void **state)
{
    (void)state;
    struct past past = reloaded;
    past.by_other = 1;
    assert_level(&past, LEVEL_ERROR);
}

/* What each thread counted; the last one holds the newest. */
struct share {
    uint32_t acquired, released, peak;
};

static enum level level_of_shares(const struct share *shares, uint32_t count)
{
    uint32_t site;
    struct maker *maker = maker_with_site("open", LW_FD_FILE, &site);
    ((struct lw_site *)maker__element(maker, LW_SITES, site))->first_time = STORY_START;
    maker__header(maker)->pid = MAIN;
    for (uint32_t i = 0; i < count; i++) {
        maker__lane(maker, i)->thread = MAIN + i;
        struct lw_site_count *own = maker__site_count(maker, i, site);
        own->acquired = shares[i].acquired;
        own->released = shares[i].released;
        own->peak = shares[i].peak;
        own->last_time = STORY_START + i * SECOND;
    }
    struct lw_slot *slot = maker__fd(maker, 3, site, LW_FD_FILE);
    slot->thread = MAIN + count - 1;
    slot->acquired_time = STORY_START + (count - 1) * SECOND;
    struct story *story = story__of(maker);
    enum level level = only_finding(story__end(story), "fd-leak")->level;
    story__free(story);
    return level;
}

static void another_thread_took_over(void **state)
{
    (void)state;
    static const struct share one[] = {{1, 0, 1}, {1, 1, 1}};
    static const struct share many[] = {{3, 2, 2}, {1, 1, 1}, {4, 4, 1}};
    assert_int_equal(level_of_shares(one, 2), LEVEL_WARNING);
    assert_int_equal(level_of_shares(many, 3), LEVEL_WARNING);
}

static void who_takes_turns_and_forgets_the_last_leaks(void **state)
{
    (void)state;
    static const struct share turns[] = {{1, 1, 1}, {1, 1, 1}, {1, 0, 1}};
    static const struct share closed_first[] = {{1, 0, 1}, {1, 1, 0}};
    static const struct share many_at_once[] = {{1, 0, 1}, {9, 9, 4}};
    assert_int_equal(level_of_shares(turns, 3), LEVEL_ERROR);
    assert_int_equal(level_of_shares(closed_first, 2), LEVEL_ERROR);
    assert_int_equal(level_of_shares(many_at_once, 2), LEVEL_ERROR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_took_over),
        cmocka_unit_test(so_did_several_together),
        cmocka_unit_test(what_was_opened_after_the_others_were_closed_is_a_leak),
        cmocka_unit_test(the_last_of_many_at_once_is_a_leak),
        cmocka_unit_test(what_is_not_the_newest_is_a_leak),
        cmocka_unit_test(where_times_are_too_coarse_many_tell_nothing),
        cmocka_unit_test(where_others_release_the_peak_tells_nothing),
        cmocka_unit_test(another_thread_took_over),
        cmocka_unit_test(who_takes_turns_and_forgets_the_last_leaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
