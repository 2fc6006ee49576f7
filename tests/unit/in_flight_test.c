/* What threads were in the middle of when their process ended is a note; what they forgot is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "story.h"

enum { MAIN = 4711, WORKER = 4712, THREADS = 4, CLOSED = 1000 };

#define TICK 4000000ULL

/* One site of a process of four threads, each of which has closed many and acquired the last one a tick before the end. */
struct scene {
    struct maker *maker;
    uint32_t site;
    uint64_t last;
};

static struct scene scene_of(enum lw_end end, uint64_t first)
{
    struct scene scene = {.last = STORY_END - TICK};
    scene.maker = maker_with_site("open", LW_FD_FILE, &scene.site);
    maker__header(scene.maker)->end = end;
    maker__header(scene.maker)->pid = MAIN;
    ((struct lw_site *)maker__element(scene.maker, LW_SITES, scene.site))->first_time = first;
    for (uint32_t i = 0; i < THREADS; i++) {
        maker__lane(scene.maker, i)->thread = MAIN + i;
        struct lw_site_count *count = maker__site_count(scene.maker, i, scene.site);
        count->acquired = CLOSED;
        count->released = CLOSED;
        count->lifetimes[0] = CLOSED;
        count->last_time = scene.last;
    }
    return scene;
}

static struct lw_slot *hold(const struct scene *scene, uint32_t number, uint32_t thread, uint64_t time)
{
    struct lw_slot *slot = maker__fd(scene->maker, number, scene->site, LW_FD_FILE);
    slot->thread = thread;
    slot->acquired_time = time;
    maker__site_count(scene->maker, thread - MAIN, scene->site)->acquired++;
    return slot;
}

static void assert_finding(const struct scene *scene, enum level level, uint64_t count)
{
    struct story *story = story__of(scene->maker);
    const struct finding *finding = only_finding(story__end(story), "fd-leak");
    assert_int_equal(finding->level, level);
    assert_int_equal(finding->count, count);
    story__free(story);
}

static void what_each_thread_opened_last_is_a_note(void **state)
{
    (void)state;
    static const enum lw_end ends[] = {LW_QUICK_EXIT, LW_EXIT, LW_RUNNING, LW_EXEC};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        const struct scene scene = scene_of(ends[i], STORY_START);
        for (uint32_t thread = WORKER; thread < MAIN + THREADS; thread++)
            hold(&scene, thread, thread, scene.last);
        assert_finding(&scene, LEVEL_NOTE, THREADS - 1);
    }
}

static void what_is_inside_its_release_is_a_note(void **state)
{
    (void)state;
    const struct scene scene = scene_of(LW_EXIT, STORY_START);
    maker__state(hold(&scene, 3, MAIN, STORY_START), LW_RELEASING);
    assert_finding(&scene, LEVEL_NOTE, 1);
}

static void what_a_thread_went_on_after_is_a_leak(void **state)
{
    (void)state;
    const struct scene scene = scene_of(LW_QUICK_EXIT, STORY_START);
    hold(&scene, 3, WORKER, scene.last - TICK);
    hold(&scene, 4, WORKER + 1, scene.last);
    assert_finding(&scene, LEVEL_ERROR, 1);
}

static void one_thread_is_in_the_middle_of_one(void **state)
{
    (void)state;
    const struct scene scene = scene_of(LW_QUICK_EXIT, STORY_START);
    for (uint32_t i = 0; i < 3; i++)
        hold(&scene, 3 + i, WORKER, scene.last);
    assert_finding(&scene, LEVEL_ERROR, 2);
}

static void who_ended_the_process_was_not_in_the_middle(void **state)
{
    (void)state;
    const struct scene scene = scene_of(LW_QUICK_EXIT, STORY_START);
    hold(&scene, 3, MAIN, scene.last);
    assert_finding(&scene, LEVEL_ERROR, 1);
}

static void what_was_held_for_long_is_a_leak(void **state)
{
    (void)state;
    const struct scene scene = scene_of(LW_QUICK_EXIT, STORY_START);
    maker__site_count(scene.maker, 1, scene.site)->last_time = STORY_END - SECOND;
    hold(&scene, 3, WORKER, STORY_END - SECOND);
    assert_finding(&scene, LEVEL_ERROR, 1);
}

static void where_few_were_closed_nothing_is_excused(void **state)
{
    (void)state;
    const struct scene scene = scene_of(LW_QUICK_EXIT, STORY_START);
    for (uint32_t i = 0; i < THREADS; i++)
        maker__site_count(scene.maker, i, scene.site)->released = 19;
    hold(&scene, 3, WORKER, scene.last);
    assert_finding(&scene, LEVEL_ERROR, 1);
}

/* After a kill less will do: one thread, in the middle of its eleventh. */
static void of_threads_those_count_that_acquired_there(void **state)
{
    (void)state;
    const struct scene scene = scene_of(LW_RUNNING, STORY_END - 2 * TICK);
    for (uint32_t i = 0; i < THREADS; i++)
        *maker__site_count(scene.maker, i, scene.site) = (struct lw_site_count){.acquired = 0};
    struct lw_site_count *count = maker__site_count(scene.maker, 0, scene.site);
    count->acquired = count->released = count->lifetimes[0] = 10;
    count->last_time = scene.last;
    hold(&scene, 3, MAIN, scene.last);
    assert_finding(&scene, LEVEL_NOTE, 1);
}

/* All times are the same: at an end as the process wished nothing is excused, after a kill all or nothing. */
static void in_a_short_life_times_do_not_tell(void **state)
{
    (void)state;
    static const enum lw_end ends[] = {LW_QUICK_EXIT, LW_RUNNING, LW_RUNNING};
    static const enum level levels[] = {LEVEL_ERROR, LEVEL_NOTE, LEVEL_ERROR};
    for (uint32_t i = 0; i < 3; i++) {
        const struct scene scene = scene_of(ends[i], STORY_END - 2 * TICK);
        hold(&scene, 3, WORKER, scene.last);
        if (i == 2)
            hold(&scene, 4, WORKER, scene.last);
        assert_finding(&scene, levels[i], i == 2 ? 2 : 1);
    }
}

/* Since minor 1 the end tells which threads ran, and times within a tick are in order. */
static void fates(const struct scene *scene, uint32_t ended_all, uint32_t gone)
{
    for (uint32_t i = 0; i < THREADS; i++)
        maker__lane(scene->maker, i)->fate = MAIN + i == ended_all ? LW_FATE_ENDED_ALL
                                             : MAIN + i == gone    ? LW_FATE_GONE
                                                                   : LW_FATE_RAN;
}

static void in_a_short_life_the_order_within_a_tick_tells(void **state)
{
    (void)state;
    const struct scene scene = scene_of(LW_EXIT, STORY_END - 2 * TICK);
    fates(&scene, MAIN, 0);
    hold(&scene, 3, WORKER, scene.last);
    assert_finding(&scene, LEVEL_NOTE, 1);
    const struct scene forgetful = scene_of(LW_EXIT, STORY_END - 2 * TICK);
    fates(&forgetful, MAIN, 0);
    hold(&forgetful, 3, WORKER, forgetful.last - 1);
    hold(&forgetful, 4, WORKER + 1, forgetful.last);
    assert_finding(&forgetful, LEVEL_ERROR, 1);
}

static void who_had_ended_was_not_in_the_middle(void **state)
{
    (void)state;
    static const uint64_t first[] = {STORY_START, STORY_END - 2 * TICK};
    for (size_t i = 0; i < 2; i++) {
        const struct scene scene = scene_of(LW_EXIT, first[i]);
        fates(&scene, MAIN, WORKER);
        hold(&scene, 3, WORKER, scene.last);
        assert_finding(&scene, LEVEL_ERROR, 1);
    }
}

static void the_main_thread_may_be_in_the_middle(void **state)
{
    (void)state;
    const struct scene scene = scene_of(LW_QUICK_EXIT, STORY_START);
    fates(&scene, WORKER, 0);
    hold(&scene, 3, MAIN, scene.last);
    assert_finding(&scene, LEVEL_NOTE, 1);
    const struct scene other = scene_of(LW_QUICK_EXIT, STORY_START);
    fates(&other, WORKER, 0);
    hold(&other, 3, WORKER, other.last);
    assert_finding(&other, LEVEL_ERROR, 1);
}

/* A leak in one process, and what was in flight in another that was killed. */
static void processes_are_judged_one_by_one(void **state)
{
    (void)state;
    const struct scene leaky = scene_of(LW_RUNNING, STORY_END - 2 * TICK);
    const struct scene sound = scene_of(LW_RUNNING, STORY_END - 2 * TICK);
    for (uint32_t i = 0; i < 5; i++)
        hold(&leaky, 3 + i, WORKER, leaky.last);
    hold(&sound, 3, WORKER, sound.last);
    maker__state(hold(&sound, 4, WORKER + 1, sound.last), LW_RELEASING);
    struct story *story = story__new(NULL, NULL);
    story__add(story, leaky.maker, NULL);
    story__add(story, sound.maker, NULL);
    const struct finding *finding = only_finding(story__end(story), "fd-leak");
    assert_int_equal(finding->level, LEVEL_ERROR);
    assert_int_equal(finding->count, 5);
    assert_int_equal(finding->spared, 2);
    story__free(story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_each_thread_opened_last_is_a_note),
        cmocka_unit_test(what_is_inside_its_release_is_a_note),
        cmocka_unit_test(what_a_thread_went_on_after_is_a_leak),
        cmocka_unit_test(one_thread_is_in_the_middle_of_one),
        cmocka_unit_test(who_ended_the_process_was_not_in_the_middle),
        cmocka_unit_test(what_was_held_for_long_is_a_leak),
        cmocka_unit_test(where_few_were_closed_nothing_is_excused),
        cmocka_unit_test(of_threads_those_count_that_acquired_there),
        cmocka_unit_test(in_a_short_life_times_do_not_tell),
        cmocka_unit_test(in_a_short_life_the_order_within_a_tick_tells),
        cmocka_unit_test(who_had_ended_was_not_in_the_middle),
        cmocka_unit_test(the_main_thread_may_be_in_the_middle),
        cmocka_unit_test(processes_are_judged_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
