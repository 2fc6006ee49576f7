/* What scopes left: what is one finding, of what level, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/kinds.h"
#include "server.h"
#include "story.h"
#include "symbol/stacks.h"

#define MILLISECOND 1000000ULL

static void the_forgotten_error_path_is_known(void **state)
{
    (void)state;
    struct server server = server__new(1000, 40);
    struct lw_leftover *left = server__leave(&server, server.site, 23, 23);
    strcpy(left->reason, "upstream refused");
    server__hold(&server, 5, 23);
    struct story *story = story__of(server.maker);
    const struct report *report = story__end(story);
    const struct finding *finding = only_finding(report, "scope-leak");
    assert_int_equal(report->finding_count, 1); /* and no fd-leak */
    assert_int_equal(finding->level, LEVEL_ERROR);
    assert_int_equal(finding->count, 23);
    assert_string_equal(finding->scope, "server > request");
    assert_int_equal(finding__count(finding, FACT_ENTERED), 1000);
    assert_int_equal(finding__count(finding, FACT_FAILED), 40);
    assert_int_equal(finding__count(finding, FACT_LEFT), 23);
    assert_int_equal(finding__count(finding, FACT_LEFT_FAILED), 23);
    assert_int_equal(finding__count(finding, FACT_OTHERS), 960);
    assert_string_equal(finding__text(finding, FACT_REASON), "upstream refused");
    assert_int_equal(finding->resource.examples[0].id, 5);
    assert_true(finding->age_seconds > 59.9 && finding->age_seconds < 60.1);
    story__free(story);
}

static void it_is_no_error_path_where_others_leak_or_none_succeeds(void **state)
{
    static const struct {
        uint64_t requests, failed, left, left_failed;
    } cases[] = {{1000, 40, 23, 22}, {23, 23, 23, 23}, {1000, 40, 23, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct server server = server__new(cases[i].requests, cases[i].failed);
        server__leave(&server, server.site, cases[i].left, cases[i].left_failed);
        struct story *story = story__of(server.maker);
        assert_null(finding__fact(only_finding(story__end(story), "scope-leak"), FACT_OTHERS));
        story__free(story);
    }
}

static void what_came_back_late_is_a_warning(void **state)
{
    (void)state;
    for (uint64_t later = 2; later <= 3; later++) {
        struct server server = server__new(10, 0);
        struct lw_leftover *left = server__leave(&server, server.site, 3, 0);
        const uint64_t drop = 0x400999;
        left->later = later;
        left->longest = 900 * MILLISECOND;
        left->delays[2] = (uint32_t)later - 1; /* below 16 ms */
        left->delays[8] = 1;
        left->later_stack = maker__stack(server.maker, 1, &drop, 1);
        left->later_call = maker__name(server.maker, "close");
        struct story *story = story__of(server.maker);
        const struct finding *finding = only_finding(story__end(story), "scope-leak");
        assert_int_equal(finding->level, later == 3 ? LEVEL_WARNING : LEVEL_ERROR);
        assert_int_equal(finding->count, 3);
        assert_int_equal(finding__count(finding, FACT_LATE), later);
        const struct fact *late = finding__fact(finding, FACT_LATE), *median = finding__fact(finding, FACT_LATE_MEDIAN);
        assert_true(median->seconds > 0.015 && median->seconds < 0.018);
        assert_true(late->seconds > 0.89 && late->seconds < 0.91);
        assert_string_equal(late->call, "close");
        assert_int_equal(finding->released->frames[0]->offset, 0x999);
        story__free(story);
    }
}

/* Three acquired, the fourth failed, nothing given back: at whatever stage it was. */
static void partial_initialisation_is_one_story(void **state)
{
    (void)state;
    struct server server = server__new(100, 10);
    const uint64_t failing = 0x400777;
    const uint32_t sites[] = {server.site, server__another_site(&server, 0x400440, "open", LW_FD_FILE),
                              server__another_site(&server, 0x400550, "epoll_create1", LW_FD_EPOLL)};
    static const uint64_t entries[] = {10, 8, 6};
    for (size_t i = 0; i < 3; i++)
        server__leave(&server, sites[i], entries[i], entries[i]);
    for (uint32_t i = 1; i <= 3; i++) {
        struct lw_departure *departure = maker__departure(server.maker, server.request, sites, i);
        departure->count = i == 3 ? 6 : 2;
        departure->failed = 1;
        departure->failure_stack = maker__stack(server.maker, 1, &failing, 1);
        departure->failure_call = maker__name(server.maker, i == 3 ? "accept4" : "open");
        departure->failure_error = EMFILE;
    }
    struct story *story = story__of(server.maker);
    const struct report *report = story__end(story);
    const struct finding *finding = only_finding(report, "scope-leak");
    assert_int_equal(report->finding_count, 1);
    assert_int_equal(finding->count, 10 + 8 + 6);
    assert_string_equal(finding->call, "socket");
    assert_int_equal(finding__count(finding, FACT_LEFT), 10);
    const struct fact *parts = finding__fact(finding, FACT_PARTS), *attempt = finding__fact(finding, FACT_ATTEMPT);
    assert_int_equal(parts->item_count, 2);
    assert_string_equal(parts->items[0].call, "open");
    assert_int_equal(parts->items[0].count, 8);
    assert_string_equal(parts->items[1].call, "epoll_create1");
    assert_int_equal(parts->items[1].count, 6);
    assert_string_equal(attempt->call, "accept4");
    assert_int_equal(attempt->count, 6);
    assert_int_equal(attempt->error, EMFILE);
    assert_int_equal(attempt->stack->frames[0]->offset, 0x777);
    story__free(story);
}

/* A leak of every request does not swallow one of few, though the few left both. */
static void what_meets_by_chance_is_told_apart(void **state)
{
    (void)state;
    struct server server = server__new(1000, 0);
    const uint32_t sites[] = {server.site, server__another_site(&server, 0x400440, "open", LW_FD_FILE)};
    server__leave(&server, sites[0], 1000, 0);
    server__leave(&server, sites[1], 3, 0);
    server__depart(&server, sites, 1, 997, false);
    server__depart(&server, sites, 2, 3, false);
    struct story *story = story__of(server.maker);
    const struct report *report = story__end(story);
    assert_int_equal(report->finding_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(report->findings[i].count, i == 0 ? 1000 : 3);
        assert_int_equal(finding__count(&report->findings[i], FACT_LEFT), i == 0 ? 1000 : 3);
        assert_null(finding__fact(&report->findings[i], FACT_PARTS));
        assert_null(finding__fact(&report->findings[i], FACT_ATTEMPT));
    }
    story__free(story);
}

/* One resource is one finding. */
static void what_is_held_on_purpose_or_for_others_was_not_left(void **state)
{
    (void)state;
    struct server server = server__new(10, 0);
    server__leave(&server, server.site, 4, 0);
    server__hold(&server, 5, 2);
    struct lw_slot *expected = maker__fd(server.maker, 7, server.site, LW_FD_SOCKET);
    maker__left(expected, server.row, STORY_START + SECOND);
    expected->flags = LW_EXPECTED;
    struct lw_slot *handed = maker__fd(server.maker, 8, server.site, LW_FD_SOCKET);
    handed->leftover = server.row;
    handed->flags = LW_HANDED;
    maker__fd(server.maker, 9, server.site, LW_FD_SOCKET)->flags = LW_EXPECTED;
    struct story *story = story__of(server.maker);
    const struct report *report = story__end(story);
    assert_int_equal(report->finding_count, 2);
    assert_int_equal(only_finding(report, "scope-leak")->count, 2);
    assert_int_equal(only_finding(report, "fd-leak")->count, 1);
    assert_int_equal(only_finding(report, "fd-leak")->resource.examples[0].id, 8);
    assert_non_null(strstr(only_finding(report, "fd-leak")->later, "handed over"));
    assert_int_equal(report->expected, 2);
    story__free(story);
}

static void what_a_thread_left_is_told_where_it_came_back(void **state)
{
    (void)state;
    uint32_t site, row;
    struct maker *maker = maker_with_site("open", LW_FD_FILE, &site);
    uint32_t thread = maker__scope(maker, LW_SCOPE_THREAD, 0, NULL);
    maker__scope_count(maker, 0, thread)->entered = 5;
    struct lw_leftover *left = maker__leftover(maker, thread, site, &row);
    left->count = left->entries = 5;
    left->later = 4;
    maker__left(maker__fd(maker, 3, site, LW_FD_FILE), row, STORY_START + SECOND);
    struct story *story = story__of(maker);
    const struct report *report = story__end(story);
    assert_int_equal(only_finding(report, "scope-leak")->level, LEVEL_NOTE);
    assert_int_equal(only_finding(report, "scope-leak")->count, 4);
    assert_string_equal(only_finding(report, "scope-leak")->scope, "thread");
    assert_int_equal(only_finding(report, "fd-leak")->count, 1);
    assert_int_equal(report->scope_count, 1);
    assert_string_equal(report->scopes[0].kind, "thread");
    story__free(story);
}

static void a_slot_may_refer_to_no_row(void **state)
{
    static const uint32_t rows[] = {0, 1000, LW_OTHER};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct server server = server__new(10, 0);
        server__leave(&server, server.site, 2, 0);
        struct lw_slot *slot = maker__fd(server.maker, 3, server.site, LW_FD_SOCKET);
        maker__left(slot, rows[i], STORY_START + SECOND);
        struct story *story = story__of(server.maker);
        const struct report *report = story__end(story);
        assert_int_equal(only_finding(report, "scope-leak")->count, 2);
        assert_string_equal(only_finding(report, "fd-leak")->scope, "server > request");
        story__free(story);
    }
}

static void processes_add_up(void **state)
{
    (void)state;
    struct story *story = story__new(NULL, NULL);
    for (uint32_t i = 0; i < 3; i++) {
        struct server server = server__new(100, 0);
        maker__header(server.maker)->pid = 100 + i;
        struct lw_leftover *left = server__leave(&server, server.site, 2, 0);
        left->count = 6;
        left->most = 3;
        struct lw_scope_count *count = maker__scope_count(server.maker, 0, server.request);
        maker__header(server.maker)->clock_first_time = SECOND;
        maker__header(server.maker)->clock_last_time = 2 * SECOND;
        maker__header(server.maker)->clock_last = 1ULL << 30;
        count->durations[2] = 98; /* 512 to 1,023 ticks: about a millionth of a second */
        count->durations[22] = 2; /* about a second */
        story__add(story, server.maker, NULL);
    }
    const struct report *report = story__end(story);
    const struct finding *finding = only_finding(report, "scope-leak");
    assert_int_equal(finding->count, 18);
    assert_int_equal(finding->worst, 6);
    assert_int_equal(finding->process_count, 3);
    assert_int_equal(finding__count(finding, FACT_LEFT), 6);
    assert_int_equal(finding__count(finding, FACT_ENDED), 300);
    assert_int_equal(finding__count(finding, FACT_MOST), 3);
    assert_int_equal(report->scope_count, 1);
    assert_string_equal(report->scopes[0].path, "server > request");
    assert_int_equal(report->scopes[0].processes, 3);
    assert_int_equal(report->scopes[0].entered, 300);
    assert_true(report->scopes[0].median > 0.4e-6 && report->scopes[0].median < 2.1e-6);
    assert_true(report->scopes[0].p99 > 0.4 && report->scopes[0].p99 < 2.1);
    story__free(story);
}

static void rules_may_speak_of_scopes_and_details(void **state)
{
    static const struct {
        const char *rule;
        uint64_t told, suppressed;
    } cases[] = {
        {"scope-leak@scope:^server > req*$\n", 0, 6}, {"*@scope:request", 0, 6},
        {"scope-leak@scope:^request", 6, 0},          {"fd-leak@scope:request", 6, 0},
        {"scope-leak@detail:10.0.0.7", 5, 1},         {"scope-leak:^socket$", 0, 6},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct server server = server__new(10, 0);
        server__leave(&server, server.site, 6, 0);
        struct lw_slot *slot = maker__fd(server.maker, 7, server.site, LW_FD_SOCKET);
        maker__detail(slot, "connected 10.0.0.7:80");
        maker__left(slot, server.row, STORY_START + SECOND);
        struct story *story = story__new(NULL, cases[i].rule);
        story__add(story, server.maker, NULL);
        const struct report *report = story__end(story);
        uint64_t told = 0, suppressed = 0;
        for (size_t k = 0; k < report->finding_count; k++)
            told += report->findings[k].count;
        for (size_t k = 0; k < report->suppressed_count; k++)
            suppressed += report->findings[report->finding_count + k].count;
        assert_int_equal(told, cases[i].told);
        assert_int_equal(suppressed, cases[i].suppressed);
        story__free(story);
    }
}

/* Both were left by one end. */
static void leave_together(struct server *server, uint32_t other, uint64_t ends)
{
    const uint32_t sites[] = {server->site, other};
    struct lw_departure *departure = maker__departure(server->maker, server->request, sites, 2);
    departure->count = ends;
    departure->failure_call = maker__name(server->maker, "accept");
    departure->failure_error = EMFILE;
}

static size_t count_of(const struct report *report, const char *kind)
{
    size_t count = 0;
    for (size_t i = 0; i < report->finding_count; i++)
        count += strcmp(report->findings[i].kind->name, kind) == 0;
    return count;
}

static void what_is_left_together_by_half_of_the_ends_is_one_story(void **state)
{
    (void)state;
    struct server server = server__new(10, 4);
    uint32_t other = server__another_site(&server, 0x400440, "open", LW_FD_FILE);
    server__leave(&server, server.site, 4, 4);
    server__leave(&server, other, 4, 4);
    leave_together(&server, other, 2);
    struct story *story = story__of(server.maker);
    const struct finding *finding = only_finding(story__end(story), "scope-leak");
    assert_string_equal(finding->scope, "server > request");
    assert_string_equal(finding->call, "socket");
    assert_int_equal(finding->count, 8);
    assert_int_equal(finding__count(finding, FACT_LEFT), 4);
    const struct fact *parts = finding__fact(finding, FACT_PARTS), *attempt = finding__fact(finding, FACT_ATTEMPT);
    assert_int_equal(parts->item_count, 1);
    assert_string_equal(parts->items[0].call, "open");
    assert_string_equal(attempt->call, "accept");
    assert_int_equal(attempt->error, EMFILE);
    story__free(story);
}

static void what_is_mostly_left_alone_is_a_story_of_its_own(void **state)
{
    (void)state;
    struct server server = server__new(10, 4);
    uint32_t other = server__another_site(&server, 0x400440, "open", LW_FD_FILE);
    server__leave(&server, server.site, 4, 0);
    server__leave(&server, other, 5, 0);
    leave_together(&server, other, 2);
    struct story *story = story__of(server.maker);
    const struct report *report = story__end(story);
    assert_int_equal(count_of(report, "scope-leak"), 2);
    for (size_t i = 0; i < report->finding_count; i++)
        assert_null(finding__fact(&report->findings[i], FACT_PARTS));
    story__free(story);
}

static void what_a_scope_left_is_not_told_of_again_at_the_end(void **state)
{
    (void)state;
    uint32_t row;
    struct server server = server__new(10, 4);
    maker__leftover(server.maker, server.request, server.site, &row);
    maker__left(maker__fd(server.maker, 3, server.site, LW_FD_FILE), row, STORY_START);
    maker__fd(server.maker, 4, server.site, LW_FD_FILE);
    struct story *story = story__of(server.maker);
    const struct report *report = story__end(story);
    assert_int_equal(only_finding(report, "scope-leak")->count, 1);
    assert_int_equal(only_finding(report, "scope-leak")->resource.examples[0].id, 3);
    assert_int_equal(only_finding(report, "fd-leak")->count, 1);
    story__free(story);
}

static void scope_leaks_are_chosen_by_scope(void **state)
{
    static const struct {
        const char *scope;
        size_t findings;
    } cases[] = {{"request*", 1}, {"req*st", 1}, {"job*", 0}, {NULL, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct server server = server__new(10, 4);
        server__leave(&server, server.site, 1, 0);
        const struct collector_options options = {.grouping.scope = cases[i].scope};
        struct story *story = story__new(&options, NULL);
        story__add(story, server.maker, NULL);
        assert_int_equal(count_of(story__end(story), "scope-leak"), cases[i].findings);
        story__free(story);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_forgotten_error_path_is_known),
        cmocka_unit_test(it_is_no_error_path_where_others_leak_or_none_succeeds),
        cmocka_unit_test(what_came_back_late_is_a_warning),
        cmocka_unit_test(partial_initialisation_is_one_story),
        cmocka_unit_test(what_meets_by_chance_is_told_apart),
        cmocka_unit_test(what_is_held_on_purpose_or_for_others_was_not_left),
        cmocka_unit_test(what_a_thread_left_is_told_where_it_came_back),
        cmocka_unit_test(a_slot_may_refer_to_no_row),
        cmocka_unit_test(processes_add_up),
        cmocka_unit_test(rules_may_speak_of_scopes_and_details),
        cmocka_unit_test(what_is_left_together_by_half_of_the_ends_is_one_story),
        cmocka_unit_test(what_is_mostly_left_alone_is_a_story_of_its_own),
        cmocka_unit_test(what_a_scope_left_is_not_told_of_again_at_the_end),
        cmocka_unit_test(scope_leaks_are_chosen_by_scope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
