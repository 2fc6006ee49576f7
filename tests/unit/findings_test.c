/* What is a finding, of what kind and level; and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "story.h"

static struct lw_slot *hold(struct maker *maker, uint32_t number, uint32_t site, enum lw_kind kind)
{
    struct lw_slot *slot = maker__fd(maker, number, site, kind);
    slot->acquired_time = STORY_START;
    return slot;
}

static void what_is_held_at_the_end_is_a_leak(void **state)
{
    (void)state;
    uint32_t site;
    struct maker *maker = maker_with_site("open", LW_FD_FILE, &site);
    for (uint32_t fd = 3; fd < 6; fd++)
        maker__detail(hold(maker, fd, site, LW_FD_FILE), "/etc/passwd");
    maker__state(hold(maker, 6, site, LW_FD_FILE), LW_FREE);
    struct story *story = story__of(maker);
    const struct report *report = story__end(story);
    const struct finding *finding = only_finding(report, "fd-leak");
    assert_int_equal(report->finding_count, 1);
    assert_int_equal(finding->count, 3);
    assert_int_equal(finding->level, LEVEL_ERROR);
    assert_string_equal(finding->call, "open");
    assert_string_equal(finding->resource.class, "fd");
    assert_string_equal(finding->resource.type, "file");
    assert_string_equal(finding->resource.examples[0].detail, "/etc/passwd");
    assert_int_equal(finding->resource.examples[0].id, 3);
    assert_int_equal(finding->resource.details, 1);
    assert_true(finding->age_seconds > 59.9 && finding->age_seconds < 60.1);
    assert_int_equal(finding->acquired->count, 3);
    assert_null(finding->scope);
    assert_null(finding->later);
    assert_int_equal(report->processes[0].open_at_end, 3);
    story__free(story);
}

static void a_process_that_gave_everything_back_has_none(void **state)
{
    (void)state;
    uint32_t site;
    struct maker *maker = maker_with_site("open", LW_FD_FILE, &site);
    maker__state(hold(maker, 3, site, LW_FD_FILE), LW_FREE);
    struct story *story = story__of(maker);
    assert_int_equal(story__end(story)->finding_count, 0);
    story__free(story);
}

static void flagged_slots_are_no_leaks(void **state)
{
    static const uint32_t flags[] = {LW_INHERITED, LW_INHERITED | LW_UNTRACKED};
    (void)state;
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        uint32_t site;
        struct maker *maker = maker_with_site("open", LW_FD_FILE, &site);
        hold(maker, 0, site, LW_FD_FILE)->flags = flags[i];
        hold(maker, 7, site, LW_FD_FILE)->flags = flags[i];
        struct story *story = story__of(maker);
        assert_int_equal(story__end(story)->finding_count, 0);
        story__free(story);
    }
}

static void a_reopened_standard_descriptor_is_a_leak(void **state)
{
    (void)state;
    uint32_t site;
    struct maker *maker = maker_with_site("open", LW_FD_FILE, &site);
    hold(maker, 0, site, LW_FD_FILE);
    struct story *story = story__of(maker);
    assert_int_equal(only_finding(story__end(story), "fd-leak")->count, 1);
    story__free(story);
}

static void a_stream_over_its_descriptor_is_one_finding(void **state)
{
    (void)state;
    uint32_t site, index;
    struct maker *maker = maker_with_site("fopen", LW_STREAM_FILE, &site);
    struct lw_slot *stream = maker__handle(maker, 0x7f0000001000, site, LW_STREAM_FILE, &index);
    stream->number = 3;
    stream->acquired_time = STORY_START;
    hold(maker, 3, site, LW_FD_FILE)->owner = index + 1;
    struct story *story = story__of(maker);
    const struct report *report = story__end(story);
    assert_int_equal(report->finding_count, 1);
    assert_int_equal(only_finding(report, "stream-leak")->count, 1);
    assert_int_equal(report->findings[0].resource.examples[0].id, 3);
    story__free(story);
}

static void every_class_has_its_kind(void **state)
{
    static const struct {
        enum lw_kind kind;
        const char *finding;
        enum level level; /* of one, at a place of which nothing was ever given back */
    } cases[] = {
        {LW_STREAM_FILE, "stream-leak", LEVEL_WARNING}, {LW_STREAM_MEMORY, "stream-leak", LEVEL_WARNING},
        {LW_STREAM_CHILD, "child-leak", LEVEL_WARNING}, {LW_DIR, "dir-leak", LEVEL_WARNING},
        {LW_DIR_TREE, "dir-leak", LEVEL_WARNING},       {LW_CHILD, "child-leak", LEVEL_NOTE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t site, index;
        struct maker *maker = maker_with_site("call", cases[i].kind, &site);
        maker__handle(maker, 4711, site, cases[i].kind, &index)->number = -1;
        struct story *story = story__of(maker);
        assert_int_equal(only_finding(story__end(story), cases[i].finding)->level, cases[i].level);
        story__free(story);
    }
}

/* fork and _exit: so daemons are made. */
static void a_child_left_by_quick_exit_is_a_note(void **state)
{
    (void)state;
    uint32_t site, index;
    struct maker *maker = maker_with_site("fork", LW_CHILD, &site);
    maker__handle(maker, 4711, site, LW_CHILD, &index);
    maker__header(maker)->end = LW_QUICK_EXIT;
    struct story *story = story__of(maker);
    assert_int_equal(only_finding(story__end(story), "child-leak")->level, LEVEL_NOTE);
    story__free(story);
}

static void a_release_that_has_not_returned_is_said(void **state)
{
    (void)state;
    uint32_t site;
    struct maker *maker = maker_with_site("open", LW_FD_FILE, &site);
    struct lw_slot *slot = hold(maker, 3, site, LW_FD_FILE);
    slot->release_stack = ((struct lw_site *)maker__element(maker, LW_SITES, site))->stack;
    maker__state(slot, LW_RELEASING);
    struct story *story = story__of(maker);
    const struct finding *finding = only_finding(story__end(story), "fd-leak");
    assert_non_null(strstr(finding->later, "inside its release"));
    assert_non_null(finding->released);
    story__free(story);
}

static void a_failed_connect_is_said(void **state)
{
    (void)state;
    uint32_t site;
    struct maker *maker = maker_with_site("socket", LW_FD_SOCKET, &site);
    hold(maker, 3, site, LW_FD_SOCKET)->error = ECONNREFUSED;
    struct story *story = story__of(maker);
    const struct finding *finding = only_finding(story__end(story), "fd-leak");
    assert_int_equal(finding->error, ECONNREFUSED);
    assert_string_equal(finding->later, "connect failed with ECONNREFUSED, then never closed");
    story__free(story);
}

static void siblings_are_contrasted(void **state)
{
    (void)state;
    uint32_t site;
    struct maker *maker = maker_with_site("accept", LW_FD_SOCKET, &site);
    const uint64_t elsewhere[] = {0x400888};
    uint32_t closer = maker__stack(maker, 1, elsewhere, 1);
    struct lw_site_count *count = maker__site_count(maker, 0, site);
    count->acquired = 1000;
    count->released = 997;
    *maker__release_count(maker, 0, maker__release(maker, site, closer, "close")) = 990;
    *maker__release_count(maker, 0, maker__release(maker, site, closer, "shutdown")) = 7;
    for (uint32_t fd = 3; fd < 6; fd++)
        hold(maker, fd, site, LW_FD_SOCKET);
    struct story *story = story__of(maker);
    const struct finding *finding = only_finding(story__end(story), "fd-leak");
    assert_int_equal(finding->siblings, 1000);
    assert_int_equal(finding->contrast_count, 2);
    assert_int_equal(finding->contrasts[0].count, 990);
    assert_string_equal(finding->contrasts[0].call, "close");
    assert_int_equal(finding->contrasts[1].count, 7);
    story__free(story);
}

static void equal_findings_of_processes_are_one(void **state)
{
    (void)state;
    struct story *story = story__new(NULL, NULL);
    for (uint32_t process = 0; process < 5; process++) {
        uint32_t site;
        struct maker *maker = maker_with_site("open", LW_FD_FILE, &site);
        maker__header(maker)->pid = 100 + process;
        for (uint32_t fd = 0; fd <= process; fd++) {
            char path[16];
            snprintf(path, sizeof path, "/tmp/%u", fd);
            maker__detail(hold(maker, 3 + fd, site, LW_FD_FILE), path);
        }
        story__add(story, maker, NULL);
    }
    const struct report *report = story__end(story);
    const struct finding *finding = only_finding(report, "fd-leak");
    assert_int_equal(report->process_count, 5);
    assert_int_equal(finding->count, 1 + 2 + 3 + 4 + 5);
    assert_int_equal(finding->worst, 5);
    assert_int_equal(finding->process_count, 5);
    assert_int_equal(report->processes[finding->processes[4]].pid, 104);
    assert_int_equal(finding->resource.details, 5);
    story__free(story);
}

static void the_most_expensive_comes_first(void **state)
{
    (void)state;
    struct story *story = story__new(NULL, NULL);
    static const struct {
        const char *call;
        uint32_t count;
        enum lw_end end;
    } cases[] = {{"noted", 5, LW_RUNNING}, {"rare", 1, LW_EXIT}, {"frequent", 3, LW_EXIT}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t site;
        struct maker *maker = maker_with_site(cases[i].call, LW_FD_FILE, &site);
        maker__header(maker)->end = cases[i].end;
        for (uint32_t fd = 0; fd < cases[i].count; fd++)
            hold(maker, 3 + fd, site, LW_FD_FILE);
        story__add(story, maker, NULL);
    }
    const struct report *report = story__end(story);
    assert_int_equal(report->finding_count, 3);
    assert_string_equal(report->findings[0].call, "frequent");
    assert_string_equal(report->findings[1].call, "rare");
    assert_string_equal(report->findings[2].call, "noted");
    story__free(story);
}

static void an_exhausted_table_names_victim_and_holders(void **state)
{
    (void)state;
    uint32_t site;
    struct maker *maker = maker_with_site("open", LW_FD_FILE, &site);
    struct lw_exhaustion *exhaustion = maker__exhaustion(maker, EMFILE);
    exhaustion->stack = ((struct lw_site *)maker__element(maker, LW_SITES, site))->stack;
    exhaustion->call = maker__name(maker, "accept4");
    exhaustion->limit = 1024;
    exhaustion->open = 1024;
    exhaustion->times = 12;
    exhaustion->rows = 1;
    exhaustion->row[0].site = site;
    exhaustion->row[0].held = 1021;
    struct story *story = story__of(maker);
    const struct finding *finding = only_finding(story__end(story), "fd-exhausted");
    assert_int_equal(finding->level, LEVEL_ERROR);
    assert_int_equal(finding->count, 12);
    assert_int_equal(finding->error, EMFILE);
    assert_string_equal(finding->call, "accept4");
    const struct fact *holders = finding__fact(finding, FACT_HOLDERS);
    assert_non_null(holders);
    assert_int_equal(holders->item_count, 1);
    assert_int_equal(holders->items[0].count, 1021);
    assert_string_equal(holders->items[0].call, "open");
    assert_non_null(strstr(finding->later, "1024"));
    story__free(story);
}

static void what_crosses_exec_is_a_note_but_not_0_1_2(void **state)
{
    (void)state;
    uint32_t site;
    struct maker *maker = maker_with_site("open", LW_FD_FILE, &site);
    for (uint32_t number = 0; number < 5; number++) {
        struct lw_crossing *crossing = maker__crossing(maker, site, number == 3 ? "/bin/ls" : "/bin/cat", number);
        crossing->count = 10;
        crossing->kind = LW_FD_FILE;
        snprintf(crossing->detail, sizeof crossing->detail, "/etc/secret");
    }
    struct story *story = story__of(maker);
    const struct finding *finding = only_finding(story__end(story), "inherited-fd");
    assert_int_equal(finding->level, LEVEL_NOTE);
    assert_int_equal(finding->count, 2); /* descriptors, not how often they crossed */
    assert_string_equal(finding->resource.examples[0].detail, "/etc/secret");
    assert_non_null(strstr(finding->later, "/bin/ls, 10 times"));
    assert_non_null(strstr(finding->later, "/bin/cat"));
    assert_non_null(finding->acquired);
    story__free(story);
}

static void what_nobody_was_seen_to_open_is_a_note(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    for (uint32_t fd = 0; fd < 5; fd++)
        hold(maker, fd, 0, LW_FD_SOCKET)->flags = LW_UNTRACKED;
    struct story *story = story__of(maker);
    const struct report *report = story__end(story);
    assert_int_equal(report->finding_count, 1);
    assert_int_equal(only_finding(report, "untracked-fd")->count, 2);
    assert_int_equal(report->findings[0].level, LEVEL_NOTE);
    story__free(story);
}

static void carriers_are_listed_and_not_judged(void **state)
{
    static const char *const only_app[] = {"ap?", NULL}, *const none[] = {NULL};
    static const struct {
        const char *exe, *link;
        const char *const *skip;
        size_t findings;
    } cases[] = {
        {"/bin/bash", "bash", NULL, 0},       {"/usr/bin/app", "app", NULL, 1},     {"/bin/bash", "bash", none, 1},
        {"/bin/bash", "bash", only_app, 1},   {"/usr/bin/app", "app", only_app, 0}, {"/bin/box", "app", only_app, 0},
        {"/usr/bin/app", "box", only_app, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t site;
        struct maker *maker = maker_with_site("open", LW_FD_FILE, &site);
        hold(maker, 3, site, LW_FD_FILE);
        snprintf(maker__header(maker)->exe, LW_TEXT, "%s", cases[i].exe);
        snprintf(maker__header(maker)->arguments, LW_TEXT, "%s", cases[i].link);
        struct story *story = story__new(&(struct collector_options){.skip_exe = cases[i].skip}, NULL);
        story__add(story, maker, NULL);
        const struct report *report = story__end(story);
        assert_int_equal(report->process_count, 1);
        assert_int_equal(report->processes[0].judged, cases[i].findings > 0);
        assert_int_equal(report->finding_count, cases[i].findings);
        story__free(story);
    }
}

static void scopes_are_told_by_their_path(void **state)
{
    (void)state;
    uint32_t site;
    struct maker *maker = maker_with_site("open", LW_FD_FILE, &site);
    uint32_t thread = maker__scope(maker, LW_SCOPE_THREAD, 0, "worker");
    uint32_t server = maker__scope(maker, LW_SCOPE_NAMED, thread, "server");
    uint32_t request = maker__scope(maker, LW_SCOPE_NAMED, server, "request");
    ((struct lw_site *)maker__element(maker, LW_SITES, site))->scope = request;
    hold(maker, 3, site, LW_FD_FILE);
    struct story *story = story__of(maker);
    assert_string_equal(only_finding(story__end(story), "fd-leak")->scope, "server > request");
    story__free(story);
}

static void kinds_and_scopes_can_be_chosen(void **state)
{
    static const struct {
        const char *kinds, *scope;
        size_t findings;
    } cases[] = {
        {"fd-leak", NULL, 1},          {"dir-leak", NULL, 0}, {"dir-leak,fd-leak", NULL, 1},
        {"fd-leak,dir-leak", NULL, 1}, {NULL, "req*st", 1},   {NULL, "request*", 1},
        {NULL, "server*", 1},          {NULL, "server", 1},   {NULL, "request > lo?d", 1},
        {NULL, "server > load", 0},    {NULL, "quest*", 0},   {NULL, "", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t site;
        struct maker *maker = maker_with_site("open", LW_FD_FILE, &site);
        uint32_t server = maker__scope(maker, LW_SCOPE_NAMED, 0, "server");
        uint32_t request = maker__scope(maker, LW_SCOPE_NAMED, server, "request");
        ((struct lw_site *)maker__element(maker, LW_SITES, site))->scope =
            maker__scope(maker, LW_SCOPE_NAMED, request, "load");
        hold(maker, 3, site, LW_FD_FILE);
        const struct collector_options options = {.grouping = {.kinds = cases[i].kinds, .scope = cases[i].scope}};
        struct story *story = story__new(&options, NULL);
        story__add(story, maker, NULL);
        assert_int_equal(story__end(story)->finding_count, cases[i].findings);
        story__free(story);
    }
}

static void suppressed_findings_stand_behind_the_others(void **state)
{
    (void)state;
    uint32_t site;
    struct maker *maker = maker_with_site("open", LW_FD_FILE, &site);
    maker__detail(hold(maker, 3, site, LW_FD_FILE), "/dev/null");
    maker__detail(hold(maker, 4, site, LW_FD_FILE), "/etc/passwd");
    struct story *story = story__new(NULL, "fd-leak@detail:^/dev/*\nfd-leak:no_such_function\n");
    story__add(story, maker, NULL);
    const struct report *report = story__end(story);
    assert_int_equal(report->finding_count, 1);
    assert_int_equal(report->suppressed_count, 1);
    assert_string_equal(report->findings[0].resource.examples[0].detail, "/etc/passwd");
    assert_string_equal(report->findings[1].resource.examples[0].detail, "/dev/null");
    assert_string_equal(report->findings[1].rule, "fd-leak@detail:^/dev/*");
    assert_true(suppressions__get(story__suppressions(story), 0)->used);
    assert_false(suppressions__get(story__suppressions(story), 1)->used);
    story__free(story);
}

static void what_the_c_library_holds_for_life_is_suppressed(void **state)
{
    static const char *const calls[] = {"openlog", "syslog", "setpwent", "getutxent", "lckpwdf"};
    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        uint32_t site;
        struct maker *maker = maker_with_site(calls[i], LW_FD_SOCKET, &site);
        hold(maker, 3, site, LW_FD_SOCKET);
        struct story *story = story__of(maker);
        const struct report *report = story__end(story);
        assert_int_equal(report->finding_count, 0);
        assert_int_equal(report->suppressed_count, 1);
        story__free(story);
    }
}

static void the_launcher_tells_what_the_ledger_cannot(void **state)
{
    (void)state;
    const struct seen_end seen = {.pid = 4242, .by_signal = true, .status = SIGKILL, .time = 31 * SECOND};
    struct maker *killed = maker__new(), *ended = maker__new(), *other = maker__new(), *aborted = maker__new();
    maker__header(killed)->end = LW_RUNNING;
    maker__header(killed)->end_time = 0;
    maker__header(ended)->end_status = 3;
    maker__header(other)->pid = 4243;
    maker__header(other)->end = LW_RUNNING;
    maker__header(other)->end_time = 0;
    maker__header(aborted)->end = LW_ABORT;
    struct story *story = story__new(NULL, NULL);
    story__add(story, killed, &seen);
    story__add(story, ended, &seen);
    story__add(story, other, &seen);
    story__add(story, aborted, NULL);
    const struct process *processes = story__end(story)->processes;
    assert_string_equal(processes[0].how, "signal");
    assert_int_equal(processes[0].status, SIGKILL);
    assert_true(processes[0].end - processes[0].start > 29.9 && processes[0].end - processes[0].start < 30.1);
    assert_string_equal(processes[1].how, "exit");
    assert_int_equal(processes[1].status, 3);
    assert_string_equal(processes[2].how, "killed");
    assert_true(processes[2].end == 0);
    assert_string_equal(processes[3].how, "signal");
    assert_int_equal(processes[3].status, SIGABRT);
    story__free(story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_held_at_the_end_is_a_leak),
        cmocka_unit_test(a_process_that_gave_everything_back_has_none),
        cmocka_unit_test(flagged_slots_are_no_leaks),
        cmocka_unit_test(a_reopened_standard_descriptor_is_a_leak),
        cmocka_unit_test(a_stream_over_its_descriptor_is_one_finding),
        cmocka_unit_test(every_class_has_its_kind),
        cmocka_unit_test(a_child_left_by_quick_exit_is_a_note),
        cmocka_unit_test(a_release_that_has_not_returned_is_said),
        cmocka_unit_test(a_failed_connect_is_said),
        cmocka_unit_test(siblings_are_contrasted),
        cmocka_unit_test(equal_findings_of_processes_are_one),
        cmocka_unit_test(the_most_expensive_comes_first),
        cmocka_unit_test(an_exhausted_table_names_victim_and_holders),
        cmocka_unit_test(what_crosses_exec_is_a_note_but_not_0_1_2),
        cmocka_unit_test(what_nobody_was_seen_to_open_is_a_note),
        cmocka_unit_test(carriers_are_listed_and_not_judged),
        cmocka_unit_test(scopes_are_told_by_their_path),
        cmocka_unit_test(kinds_and_scopes_can_be_chosen),
        cmocka_unit_test(suppressed_findings_stand_behind_the_others),
        cmocka_unit_test(what_the_c_library_holds_for_life_is_suppressed),
        cmocka_unit_test(the_launcher_tells_what_the_ledger_cannot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
