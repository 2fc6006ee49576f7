/* What a process held when it ended as it wished: kept for its life, passed on to a child, or forgotten. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "story.h"

/* One site of a process that ended with exit status 0. */
struct past {
    enum lw_kind kind;
    uint32_t held, acquired, released;
    uint32_t release_flags;
    const char *call; /* NULL: fork or open */
};

static struct maker *made(const struct past *past)
{
    uint32_t site, index;
    const char *call = past->call ? past->call : past->kind == LW_CHILD ? "fork" : "open";
    struct maker *maker = maker_with_site(call, past->kind, &site);
    struct lw_site_count *count = maker__site_count(maker, 0, site);
    count->acquired = past->acquired;
    count->released = past->released;
    if (past->released > 0) {
        uint32_t stack = ((struct lw_site *)maker__element(maker, LW_SITES, site))->stack;
        uint32_t release = maker__release(maker, site, stack, past->kind == LW_CHILD ? "waitpid" : "close");
        ((struct lw_release *)maker__element(maker, LW_RELEASES, release))->flags = past->release_flags;
        *maker__release_count(maker, 0, release) = past->released;
    }
    for (uint32_t i = 0; i < past->held && lw_class(past->kind) == LW_CLASS_FD; i++)
        maker__fd(maker, 3 + i, site, past->kind);
    for (uint32_t i = 0; i < past->held && lw_class(past->kind) != LW_CLASS_FD; i++)
        maker__handle(maker, 4711 + i, site, past->kind, &index)->number = -1;
    return maker;
}

struct verdict {
    enum level level;
    bool held_to_end;
};

static struct verdict verdict_of(const struct past *past, const struct collector_options *options)
{
    struct story *story = story__new(options, NULL);
    story__add(story, made(past), NULL);
    const struct report *report = story__end(story);
    assert_int_equal(report->finding_count, 1);
    const struct verdict verdict = {report->findings[0].level, report->findings[0].held_to_end};
    story__free(story);
    return verdict;
}

static void assert_verdict(const struct past *past, enum level level, bool held_to_end)
{
    const struct verdict verdict = verdict_of(past, NULL);
    assert_int_equal(verdict.level, level);
    assert_int_equal(verdict.held_to_end, held_to_end);
}

static void the_only_one_of_its_place_was_held_to_the_end(void **state)
{
    (void)state;
    assert_verdict(&(struct past){.kind = LW_FD_FILE, .held = 1, .acquired = 1}, LEVEL_WARNING, true);
    assert_verdict(&(struct past){.kind = LW_STREAM_FILE, .held = 1, .acquired = 1}, LEVEL_WARNING, true);
    assert_verdict(&(struct past){.kind = LW_FD_PIPE, .held = 2, .acquired = 2}, LEVEL_WARNING, true);
}

/* A wake-up pair of which the program needs one end: it called socketpair once. */
static void one_end_of_the_only_pair_was_held_to_the_end(void **state)
{
    (void)state;
    struct past past = {.kind = LW_FD_SOCKETPAIR, .held = 1, .acquired = 2, .released = 1, .call = "socketpair"};
    assert_verdict(&past, LEVEL_WARNING, true);
    past.call = "dup";
    assert_verdict(&past, LEVEL_ERROR, false);
    past = (struct past){.kind = LW_FD_PIPE, .held = 1, .acquired = 2, .released = 1, .call = "pipe2"};
    assert_verdict(&past, LEVEL_WARNING, true);
    past.acquired = 4, past.released = 3;
    assert_verdict(&past, LEVEL_ERROR, false);
}

static void what_others_of_its_place_were_not_is_an_error(void **state)
{
    (void)state;
    assert_verdict(&(struct past){.kind = LW_FD_FILE, .held = 2, .acquired = 2}, LEVEL_ERROR, false);
    assert_verdict(&(struct past){.kind = LW_FD_FILE, .held = 1, .acquired = 2, .released = 1}, LEVEL_ERROR, false);
    assert_verdict(&(struct past){.kind = LW_FD_PIPE, .held = 1, .acquired = 2, .released = 1}, LEVEL_ERROR, false);
    assert_verdict(&(struct past){.kind = LW_FD_PIPE, .held = 4, .acquired = 4}, LEVEL_ERROR, false);
}

/* ---- Several of one place ---------------------------------------------------------------------------------------- */

struct several {
    uint32_t count;
    uint64_t apart; /* each so long after the one before */
    uint32_t open_flags, flags;
    bool are_alike;
};

static enum level level_of_several(const struct several *several)
{
    uint32_t site;
    struct maker *maker = maker_with_site("open", LW_FD_FILE, &site);
    maker__site_count(maker, 0, site)->acquired = several->count;
    for (uint32_t i = 0; i < several->count; i++) {
        struct lw_slot *slot = maker__fd(maker, 3 + i, site, LW_FD_FILE);
        char path[16];
        snprintf(path, sizeof path, "log%u", several->are_alike ? 0 : i);
        maker__detail(slot, path);
        slot->acquired_time = STORY_START + i * several->apart;
        slot->open_flags = several->open_flags;
        slot->flags |= several->flags;
    }
    struct story *story = story__of(maker);
    const enum level level = only_finding(story__end(story), "fd-leak")->level;
    story__free(story);
    return level;
}

static void a_few_logs_or_addresses_of_one_burst_are_held_to_the_end(void **state)
{
    (void)state;
    const struct several few = {.count = 7, .apart = SECOND / 7, .open_flags = O_APPEND};
    assert_int_equal(level_of_several(&few), LEVEL_WARNING);
    assert_int_equal(level_of_several(&(struct several){.count = 2, .flags = LW_LISTENING}), LEVEL_WARNING);
    assert_int_equal(level_of_several(&(struct several){.count = 2}), LEVEL_ERROR);
    assert_int_equal(level_of_several(&(struct several){.count = 8, .open_flags = O_APPEND}), LEVEL_ERROR);
    const struct several later = {.count = 2, .apart = SECOND + 1, .open_flags = O_APPEND};
    assert_int_equal(level_of_several(&later), LEVEL_ERROR);
    const struct several alike = {.count = 2, .open_flags = O_APPEND, .are_alike = true};
    assert_int_equal(level_of_several(&alike), LEVEL_ERROR);
}

static void its_level_can_be_chosen(void **state)
{
    (void)state;
    const struct past past = {.kind = LW_FD_FILE, .held = 1, .acquired = 1};
    for (enum level level = LEVEL_NOTE; level < LEVELS; level++) {
        const struct verdict verdict =
            verdict_of(&past, &(struct collector_options){.grouping = {.held_is_given = true, .held = level}});
        assert_int_equal(verdict.level, level);
        assert_true(verdict.held_to_end);
    }
}

/* A client keeps its connection, another one closes what it could not connect. */
static void what_another_process_gave_back_does_not_tell(void **state)
{
    (void)state;
    struct story *story = story__new(NULL, NULL);
    story__add(story, made(&(struct past){.kind = LW_FD_FILE, .held = 1, .acquired = 1}), NULL);
    story__add(story, made(&(struct past){.kind = LW_FD_FILE, .acquired = 1, .released = 1}), NULL);
    const struct finding *finding = only_finding(story__end(story), "fd-leak");
    assert_int_equal(finding->level, LEVEL_WARNING);
    assert_true(finding->held_to_end);
    assert_int_equal(finding->contrast_count, 1);
    story__free(story);
}

static void many_processes_that_hold_one_each_hold_it_to_the_end(void **state)
{
    (void)state;
    struct story *story = story__new(NULL, NULL);
    for (uint32_t i = 0; i < 20; i++)
        story__add(story, made(&(struct past){.kind = LW_FD_FILE, .held = 1, .acquired = 1}), NULL);
    const struct finding *finding = only_finding(story__end(story), "fd-leak");
    assert_int_equal(finding->level, LEVEL_WARNING);
    assert_int_equal(finding->count, 20);
    story__free(story);
}

static void children_are_missed_where_others_are_waited_for_or_they_pile_up(void **state)
{
    (void)state;
    assert_verdict(&(struct past){.kind = LW_CHILD, .held = 1, .acquired = 1}, LEVEL_NOTE, false);
    assert_verdict(&(struct past){.kind = LW_CHILD, .held = 7, .acquired = 7}, LEVEL_NOTE, false);
    assert_verdict(&(struct past){.kind = LW_CHILD, .held = 8, .acquired = 8}, LEVEL_ERROR, false);
    assert_verdict(&(struct past){.kind = LW_CHILD, .held = 1, .acquired = 2, .released = 1}, LEVEL_ERROR, false);
    const struct past polled = {
        .kind = LW_CHILD, .held = 1, .acquired = 2, .released = 1, .release_flags = LW_RELEASED_POLLED};
    assert_verdict(&polled, LEVEL_NOTE, false);
}

/* ---- Daemons ----------------------------------------------------------------------------------------------------- */

/* One descriptor at a place of its own, before the fork or after it. */
static uint32_t add_file(struct maker *maker, uint32_t number, uint64_t time)
{
    uint32_t site = maker__site(maker, 0, 0, "open", LW_FD_FILE);
    maker__fd(maker, number, site, LW_FD_FILE)->acquired_time = time;
    maker__site_count(maker, 0, site)->acquired = 1;
    return site;
}

static void add_child(struct maker *maker, uint64_t time, uint32_t flags)
{
    uint32_t index, site = maker__site(maker, 0, 0, "fork", LW_CHILD);
    struct lw_slot *child = maker__handle(maker, 4711, site, LW_CHILD, &index);
    child->acquired_time = time;
    child->flags |= flags;
    maker__site_count(maker, 0, site)->acquired = 1;
}

static void what_the_child_carries_on_with_is_a_note(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    add_file(maker, 3, STORY_START);
    add_child(maker, STORY_START, LW_CARRIES_ON);
    struct story *story = story__of(maker);
    const struct finding *finding = only_finding(story__end(story), "fd-leak");
    assert_int_equal(finding->level, LEVEL_NOTE);
    assert_non_null(strstr(finding->later, "taken over"));
    story__free(story);
}

static void what_came_after_the_child_is_not_taken_over(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    add_child(maker, STORY_START, LW_CARRIES_ON);
    add_file(maker, 3, STORY_START);
    struct story *story = story__of(maker);
    assert_int_equal(only_finding(story__end(story), "fd-leak")->level, LEVEL_WARNING);
    story__free(story);
}

static void a_parent_that_carried_on_has_forgotten(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    add_file(maker, 3, STORY_START);
    add_child(maker, STORY_START, LW_CARRIES_ON);
    add_file(maker, 4, STORY_START);
    struct story *story = story__of(maker);
    const struct report *report = story__end(story);
    assert_int_equal(report->findings[0].level, LEVEL_WARNING);
    assert_int_equal(report->findings[0].count, 2);
    story__free(story);
}

static void a_child_that_is_gone_takes_nothing_over(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    add_file(maker, 3, STORY_START);
    add_child(maker, STORY_START, 0);
    struct story *story = story__of(maker);
    assert_int_equal(only_finding(story__end(story), "fd-leak")->level, LEVEL_WARNING);
    story__free(story);
}

/* Of that place one was given back: this one had been forgotten before the child came. */
static void what_was_forgotten_before_is_not_taken_over(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    uint32_t site = add_file(maker, 3, STORY_START);
    maker__site_count(maker, 0, site)->acquired = 2;
    maker__site_count(maker, 0, site)->released = 1;
    add_child(maker, STORY_START, LW_CARRIES_ON);
    struct story *story = story__of(maker);
    assert_int_equal(only_finding(story__end(story), "fd-leak")->level, LEVEL_ERROR);
    story__free(story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_only_one_of_its_place_was_held_to_the_end),
        cmocka_unit_test(one_end_of_the_only_pair_was_held_to_the_end),
        cmocka_unit_test(what_others_of_its_place_were_not_is_an_error),
        cmocka_unit_test(a_few_logs_or_addresses_of_one_burst_are_held_to_the_end),
        cmocka_unit_test(its_level_can_be_chosen),
        cmocka_unit_test(what_another_process_gave_back_does_not_tell),
        cmocka_unit_test(many_processes_that_hold_one_each_hold_it_to_the_end),
        cmocka_unit_test(children_are_missed_where_others_are_waited_for_or_they_pile_up),
        cmocka_unit_test(what_the_child_carries_on_with_is_a_note),
        cmocka_unit_test(what_came_after_the_child_is_not_taken_over),
        cmocka_unit_test(a_parent_that_carried_on_has_forgotten),
        cmocka_unit_test(a_child_that_is_gone_takes_nothing_over),
        cmocka_unit_test(what_was_forgotten_before_is_not_taken_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
