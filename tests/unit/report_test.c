/* What people and programs read: the text report and the JSON report of made-up ledgers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/format.h"
#include "base/words.h"
#include "story.h"

static char *printed(struct story *story, const char *format, struct report_options options)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    options.suppressions = story__suppressions(story);
    report_format__find(format)->print(out, story__end(story), &options);
    fclose(out);
    story__free(story);
    return text;
}

static void assert_says(const char *text, const char *words)
{
    if (strstr(text, words) == NULL)
        fail_msg("not said: %s\n%s", words, text);
}

static void assert_says_not(const char *text, const char *words)
{
    if (strstr(text, words) != NULL)
        fail_msg("said: %s\n%s", words, text);
}

/* 1,000 connections of which 997 were closed. */
static struct maker *server(void)
{
    uint32_t site;
    struct maker *maker = maker_with_site("accept", LW_FD_SOCKET, &site);
    const uint64_t elsewhere[] = {0x400888};
    uint32_t closer = maker__stack(maker, 1, elsewhere, 1);
    struct lw_site_count *count = maker__site_count(maker, 0, site);
    count->acquired = 1000;
    count->released = 997;
    *maker__release_count(maker, 0, maker__release(maker, site, closer, "close")) = 997;
    for (uint32_t fd = 3; fd < 6; fd++) {
        struct lw_slot *slot = maker__fd(maker, fd, site, LW_FD_SOCKET);
        char peer[32];
        snprintf(peer, sizeof peer, "connected 10.0.0.%u:80", fd);
        maker__detail(slot, peer);
        slot->acquired_time = STORY_START;
    }
    return maker;
}

static void the_text_says_what_how_many_where_and_what_became_of_others(void **state)
{
    (void)state;
    char *text = printed(story__of(server()), "text", (struct report_options){.top = 0});
    assert_says(text, "error: 3 sockets never closed, opened by accept at app+0x110 [fd-leak]\n");
    assert_says(text, "fd 3: connected 10.0.0.3:80, fd 4: connected 10.0.0.4:80, fd 5: connected 10.0.0.5:80\n");
    assert_says(text, "1,000 opened here: 997 closed at app+0x888 (close), 3 never\n");
    assert_says(text, "held for 1 min 0 s");
    assert_says(text, "app (pid 4242) exited with status 0 after 1 min 0 s");
    assert_says(text, "1 error: 3 resources never given back\n");
    assert_says_not(text, "\033");
    free(text);
}

static void colours_come_when_asked_for(void **state)
{
    (void)state;
    char *text = printed(story__of(server()), "text", (struct report_options){.color = true});
    assert_says(text, "\033[1;31merror:\033[0m");
    free(text);
}

static void a_clean_run_says_so(void **state)
{
    (void)state;
    char *text = printed(story__of(maker__new()), "text", (struct report_options){.top = 0});
    assert_says(text, "no findings\n");
    free(text);
}

static void what_the_program_chose_cannot_move_the_cursor(void **state)
{
    (void)state;
    uint32_t site;
    struct maker *maker = maker_with_site("open", LW_FD_FILE, &site);
    maker__detail(maker__fd(maker, 3, site, LW_FD_FILE), "/tmp/\033[2Jgone\nerror: \xe2\x80\xaetxt");
    char *text = printed(story__of(maker), "text", (struct report_options){.top = 0});
    assert_says(text, "/tmp/\\x1b[2Jgone\\x0aerror: \\u202etxt");
    free(text);
}

/* A damaged ledger may name a call by anything. */
static void a_call_that_is_no_text_is_told_in_every_format(void **state)
{
    (void)state;
    for (size_t i = 0; report_format__get(i) != NULL; i++) {
        struct maker *maker = maker__new();
        uint32_t stack = maker__frame(maker, 0x1000, 0, 0);
        for (uint32_t fd = 3; fd < 6; fd++)
            maker__fd(maker, fd, maker__site(maker, stack, 0, "o\xff\x1b[31m\xc3", LW_FD_FILE), LW_FD_FILE);
        char *text = printed(story__of(maker), report_format__get(i)->name, (struct report_options){.full = true});
        assert_true(strlen(text) > 0);
        assert_null(strchr(text, '\x1b'));
        assert_null(strchr(text, '\xff'));
        free(text);
    }
}

static void what_could_not_be_kept_is_said(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    maker__header(maker)->lost = 1234;
    maker__header(maker)->troubles = LW_TROUBLE_NO_UNWINDER;
    maker__header(maker)->tables[LW_STACKS].folded = 5;
    char *text = printed(story__of(maker), "text", (struct report_options){.top = 0});
    assert_says(text, "1,234 resources found no room");
    assert_says(text, "5 records were folded");
    assert_says(text, "libunwind was not found");
    free(text);
}

static void that_lines_of_python_are_not_told_is_said(void **state)
{
    (void)state;
    static const struct {
        enum lw_python_state state;
        const char *text;
    } cases[] = {
        {LW_PYTHON_UNKNOWN, "no lines of Python 3.14: lines are known of CPython 3.8 to 3.13\n"},
        {LW_PYTHON_FREE_THREADED, "no lines of Python 3.14: it is a free-threaded build\n"},
        {LW_PYTHON_DIFFERS, "no lines of Python 3.14: its types are laid out otherwise"},
        {LW_PYTHON_MACHINE, "no lines of Python 3.14: lines are known on x86_64 only\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct maker *maker = maker__new();
        maker__header(maker)->python = 0x030e01f0;
        maker__header(maker)->python_state = cases[i].state;
        char *text = printed(story__of(maker), "text", (struct report_options){.top = 0});
        assert_says(text, cases[i].text);
        free(text);
    }
}

/* Findings that differ in their call. */
static struct story *many_findings(uint32_t count)
{
    struct story *story = story__new(NULL, NULL);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t site;
        char call[16];
        snprintf(call, sizeof call, "call_%u", i);
        struct maker *maker = maker_with_site(call, LW_FD_FILE, &site);
        maker__header(maker)->pid = 100 + i;
        maker__fd(maker, 3, site, LW_FD_FILE);
        maker__fd(maker, 4, site, LW_FD_FILE);
        story__add(story, maker, NULL);
    }
    return story;
}

static size_t count_lines_with(const char *text, const char *words)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, words)) != NULL; at++)
        count++;
    return count;
}

static void one_is_told_as_one(void **state)
{
    (void)state;
    static const char *const formats[] = {"text", "html", "markdown"};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        char *text = printed(many_findings(4), formats[i], (struct report_options){.top = 3, .top_is_given = true});
        assert_says(text, "… and 1 more finding (");
        free(text);
    }
    struct maker *maker = maker__new();
    maker__header(maker)->lost = maker__header(maker)->scopes_lost = 1;
    maker__header(maker)->tables[LW_STACKS].folded = 1;
    char *text = printed(story__of(maker), "text", (struct report_options){.top = 0});
    assert_says(text, "1 resource found no room in a ledger and is not counted");
    assert_says(text, "1 record was folded: a table was full");
    assert_says(text, "1 entry of a scope was not recorded");
    free(text);
}

static void the_top_is_shown_and_the_rest_counted(void **state)
{
    (void)state;
    char *usual = printed(many_findings(25), "text", (struct report_options){.top = 0});
    char *few = printed(many_findings(25), "text", (struct report_options){.top = 3, .top_is_given = true});
    char *all = printed(many_findings(25), "text", (struct report_options){.top = 0, .top_is_given = true});
    assert_int_equal(count_lines_with(usual, "error: 2 files"), 10);
    assert_int_equal(count_lines_with(few, "error: 2 files"), 3);
    assert_int_equal(count_lines_with(all, "error: 2 files"), 25);
    assert_says(few, "… and 22 more findings (--top 0 shows all)");
    assert_says(few, "25 errors: 50 resources never given back");
    assert_says(few, "25 × app exited with status 0");
    assert_says_not(all, "more findings");
    free(usual);
    free(few);
    free(all);
}

static void suppressed_findings_are_counted_and_shown_when_asked_for(void **state)
{
    (void)state;
    for (int shown = 0; shown < 2; shown++) {
        struct story *story = story__new(NULL, "fd-leak:^accept$\n*:no_such_thing\n");
        story__add(story, server(), NULL);
        char *text = printed(story, "text", (struct report_options){.show_suppressed = shown});
        assert_says(text, shown ? "suppressed by fd-leak:^accept$" : "no findings; 3 suppressed (--show-suppressed");
        assert_says(text, "rules:2: suppressed nothing: *:no_such_thing");
        free(text);
    }
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static json_t *parsed(char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, 0, &error);
    if (json == NULL)
        fail_msg("%s\n%s", error.text, text);
    free(text);
    return json;
}

static const json_t *at(const json_t *json, const char *key)
{
    const json_t *value = json_object_get(json, key);
    if (value == NULL)
        fail_msg("no field %s", key);
    return value;
}

static void the_json_has_every_field_of_its_schema(void **state)
{
    static const char *const of_process[] = {"pid",  "ppid",   "exe",       "argv",        "start", "end",
                                             "exit", "limits", "peak_open", "open_at_end", "ledger"};
    static const char *const of_finding[] = {"kind", "level", "count",   "fingerprint", "pids",  "scope", "resource",
                                             "call", "errno", "verdict", "age_seconds", "later", "stacks"};
    static const char *const of_frame[] = {"function", "module", "offset", "file", "line", "inlined", "language"};
    (void)state;
    json_t *report = parsed(printed(story__of(server()), "json", (struct report_options){.top = 0}));
    assert_string_equal(json_string_value(at(report, "schema")), "leakwatch.report/1");
    const json_t *process = json_array_get(at(report, "processes"), 0);
    const json_t *finding = json_array_get(at(report, "findings"), 0);
    const json_t *acquired = at(at(finding, "stacks"), "acquired");
    for (size_t i = 0; i < sizeof of_process / sizeof of_process[0]; i++)
        at(process, of_process[i]);
    for (size_t i = 0; i < sizeof of_finding / sizeof of_finding[0]; i++)
        at(finding, of_finding[i]);
    for (size_t i = 0; i < sizeof of_frame / sizeof of_frame[0]; i++)
        at(json_array_get(acquired, 0), of_frame[i]);
    at(at(finding, "stacks"), "released");
    at(at(finding, "stacks"), "first_release");
    assert_int_equal(json_array_size(acquired), 3);
    assert_int_equal(json_integer_value(at(json_array_get(acquired, 0), "offset")), 0x110);
    assert_int_equal(json_integer_value(at(process, "pid")), 4242);
    assert_string_equal(json_string_value(at(at(process, "exit"), "how")), "exit");
    assert_string_equal(json_string_value(json_array_get(at(process, "argv"), 1)), "--serve");
    assert_int_equal(json_integer_value(at(at(process, "limits"), "nofile_soft")), 1024);
    assert_int_equal(json_integer_value(json_array_get(at(finding, "pids"), 0)), 4242);
    assert_string_equal(json_string_value(at(at(finding, "resource"), "detail")), "connected 10.0.0.3:80");
    assert_string_equal(json_string_value(at(at(finding, "resource"), "class")), "fd");
    const json_t *totals = at(report, "totals");
    assert_int_equal(json_integer_value(at(at(at(totals, "by_kind"), "fd-leak"), "count")), 3);
    assert_int_equal(json_integer_value(at(at(at(totals, "by_level"), "error"), "findings")), 1);
    assert_int_equal(json_integer_value(at(at(report, "suppressed"), "count")), 0);
    json_decref(report);
}

static void bytes_that_are_no_text_can_be_had_back(void **state)
{
    (void)state;
    uint32_t site;
    struct maker *maker = maker_with_site("open", LW_FD_FILE, &site);
    maker__detail(maker__fd(maker, 3, site, LW_FD_FILE), "a\xff\\b\xc3\xa9\n");
    json_t *report = parsed(printed(story__of(maker), "json", (struct report_options){.top = 0}));
    const json_t *finding = json_array_get(at(report, "findings"), 0);
    assert_string_equal(json_string_value(at(at(finding, "resource"), "detail")), "a\\xff\\\\b\xc3\xa9\n");
    json_decref(report);
}

static void the_json_leaves_nothing_out_unasked(void **state)
{
    (void)state;
    json_t *all = parsed(printed(many_findings(25), "json", (struct report_options){.top = 0}));
    json_t *few = parsed(printed(many_findings(25), "json", (struct report_options){.top = 3, .top_is_given = true}));
    assert_int_equal(json_array_size(at(all, "findings")), 25);
    assert_int_equal(json_integer_value(at(all, "omitted")), 0);
    assert_int_equal(json_array_size(at(few, "findings")), 3);
    assert_int_equal(json_integer_value(at(few, "omitted")), 22);
    json_decref(all);
    json_decref(few);
}

static void the_json_counts_what_rules_suppressed(void **state)
{
    (void)state;
    struct story *story = story__new(NULL, "fd-leak:^accept$\n*:no_such_thing\n");
    story__add(story, server(), NULL);
    json_t *report = parsed(printed(story, "json", (struct report_options){.top = 0}));
    const json_t *suppressed = at(report, "suppressed");
    assert_int_equal(json_array_size(at(report, "findings")), 0);
    assert_int_equal(json_integer_value(at(suppressed, "count")), 3);
    assert_int_equal(json_integer_value(at(at(suppressed, "by_rule"), "fd-leak:^accept$")), 3);
    assert_string_equal(json_string_value(json_array_get(at(suppressed, "unused"), 0)), "*:no_such_thing");
    json_decref(report);
}

/* ---- Words ------------------------------------------------------------------------------------------------------- */

static void numbers_and_times_are_said_as_people_say_them(void **state)
{
    (void)state;
    char text[WORDS];
    assert_string_equal(words__number(text, 0), "0");
    assert_string_equal(words__number(text, 999), "999");
    assert_string_equal(words__number(text, 1000), "1,000");
    assert_string_equal(words__number(text, UINT64_MAX), "18,446,744,073,709,551,615");
    assert_string_equal(words__duration(text, 0), "less than 10 ms");
    assert_string_equal(words__duration(text, 0.25), "250 ms");
    assert_string_equal(words__duration(text, 2.12), "2.1 s");
    assert_string_equal(words__duration(text, 61), "1 min 1 s");
    assert_string_equal(words__duration(text, 3600 * 3 + 60 * 12), "3 h 12 min");
    assert_string_equal(words__duration(text, 86400.0 * 400), "400 d 0 h");
    assert_string_equal(words__end(text, "exit", 3), "exited with status 3");
    assert_non_null(strstr(words__end(text, "signal", 9), "signal 9"));
}

/* The C library's way to a thread's function is left out, and what an unwinder finds beyond that with it. Code of no file
 * that called into the C library stays where it is not the outermost. */
static void nothing_comes_before_a_threads_start(void **state)
{
    enum { BASE = 0x400000, LIBC = 0x7000000, SIZE = 0x10000 };
    (void)state;
    struct maker *maker = maker__new();
    uint32_t app = maker__module(maker, "/nowhere/app", BASE, BASE, BASE + SIZE);
    uint32_t libc = maker__module(maker, "/nowhere/libc.so.6", LIBC, LIBC, LIBC + SIZE);
    uint32_t beyond = maker__frame(maker, LW_ADDRESS_GENERATED, 0, 0);
    uint32_t start = maker__frame(maker, LIBC + 0x220, libc, maker__frame(maker, LIBC + 0x110, libc, beyond));
    uint32_t generated = maker__frame(maker, LW_ADDRESS_GENERATED, 0, maker__frame(maker, BASE + 0x550, app, start));
    uint32_t callback = maker__frame(maker, BASE + 0x660, app, maker__frame(maker, LIBC + 0x330, libc, generated));
    maker__lane(maker, 0);
    maker__fd(maker, 3, maker__site(maker, callback, 0, "open", LW_FD_FILE), LW_FD_FILE);
    char *text = printed(story__of(maker), "text", (struct report_options){.full = true});
    assert_says(text, "    ?  app+0x660  (no symbols)\n    ?  libc.so.6+0x330  (no symbols)\n    ?  generated code\n   "
                      " ?  app+0x550  (no symbols)\n  fingerprint");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_says_what_how_many_where_and_what_became_of_others),
        cmocka_unit_test(nothing_comes_before_a_threads_start),
        cmocka_unit_test(colours_come_when_asked_for),
        cmocka_unit_test(a_clean_run_says_so),
        cmocka_unit_test(what_the_program_chose_cannot_move_the_cursor),
        cmocka_unit_test(a_call_that_is_no_text_is_told_in_every_format),
        cmocka_unit_test(what_could_not_be_kept_is_said),
        cmocka_unit_test(that_lines_of_python_are_not_told_is_said),
        cmocka_unit_test(one_is_told_as_one),
        cmocka_unit_test(the_top_is_shown_and_the_rest_counted),
        cmocka_unit_test(suppressed_findings_are_counted_and_shown_when_asked_for),
        cmocka_unit_test(the_json_has_every_field_of_its_schema),
        cmocka_unit_test(bytes_that_are_no_text_can_be_had_back),
        cmocka_unit_test(the_json_leaves_nothing_out_unasked),
        cmocka_unit_test(the_json_counts_what_rules_suppressed),
        cmocka_unit_test(numbers_and_times_are_said_as_people_say_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
