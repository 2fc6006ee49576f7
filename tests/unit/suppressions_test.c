/* Suppressions: which lines are rules, what a pattern matches, which rule has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/kinds.h"
#include "rule/pattern.h"
#include "rule/suppressions.h"

static void patterns_match_as_leak_sanitizer_has_it(void **state)
{
    static const struct {
        const char *pattern, *text;
        bool matches;
    } cases[] = {
        {"foo", "xfooy", true},
        {"^foo", "xfoo", false},
        {"^foo", "foox", true},
        {"foo$", "xfoo", true},
        {"foo$", "foox", false},
        {"^foo$", "foo", true},
        {"^foo$", "foofoo", false},
        {"a*b", "xaxxby", true},
        {"^a*b$", "axxb", true},
        {"^a*b$", "axxbc", false},
        {"a*$", "xa", true},
        {"*", "", true},
        {"^/dev/*", "/dev/null", true},
        {"^/dev/*", "/x/dev/null", false},
        {"*a", "ba", true},
        {"^*a$", "bxa", true},
        {"a*b$", "abxb", true},
        {"^a$", "ab", false},
        {"^ab*bc$", "abc", false},
        {"foo", "", false},
        {"a**b", "ab", true},
        {"a*b*c", "a-b-c", true},
        {"a*b*c", "a-c-b", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (pattern__matches(cases[i].pattern, cases[i].text) != cases[i].matches)
            fail_msg("%s on %s", cases[i].pattern, cases[i].text);
}

static const struct stack *some_stack(void)
{
    static const struct frame inner = {.function = "load_config", .module = "/usr/lib/libconf.so", .file = "conf.c"};
    static const struct frame outer = {.function = "main", .module = "/usr/bin/app", .file = "/src/app/main.c"};
    static const struct frame *frames[] = {&inner, &outer};
    static const struct stack stack = {.count = 2, .frames = frames};
    return &stack;
}

static const struct suppression *find(struct suppressions *suppressions, enum kind_id kind)
{
    return suppressions__find_stack(suppressions, kinds__get(kind), "open", some_stack());
}

static void any_frame_and_the_call_are_looked_at(void **state)
{
    static const struct {
        const char *rule;
        bool matches;
    } cases[] = {
        {"fd-leak:load_config", true},
        {"fd-leak:^main$", true},
        {"fd-leak:conf.c$", true},
        {"fd-leak:/libconf.so", true},
        {"fd-leak:^open$", true},
        {"*:src/app", true},
        {"dir-leak:main", false},
        {"fd-leak:nowhere", false},
        {"fd-leak@detail:main", false},
        {"fd-leak@caller:/libconf.so", true},
        {"*@caller:^load_config$", true},
        {"fd-leak@caller:main", false},
        {"fd-leak@caller:^open$", false},
        {"  fd-leak:main \t\r", true},
        {"# fd-leak:main", false},
        {"", false},
        {"fd-leak@stack:^load_config conf.c$", true},
        {"fd-leak@stack:^main */main.c$", false},
        {"fd-leak@stack:* < ^main */main.c$", true},
        {"fd-leak@stack:^load_config conf.c$ < ^main */main.c$", true},
        {"fd-leak@stack:^load_config */main.c$", false},
        {"fd-leak@stack:^load_config conf.c$ < ^load", false},
        {"fd-leak@stack:load < main < main", false},
        {"fd-leak@stack:load < * < main < *", true},
        {"dir-leak@stack:load", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct suppressions_error error;
        struct suppressions *suppressions = suppressions__new();
        assert_int_equal(suppressions__read_text(suppressions, "list", cases[i].rule, &error), 0);
        if ((find(suppressions, KIND_FD_LEAK) != NULL) != cases[i].matches)
            fail_msg("%s", cases[i].rule);
        suppressions__free(suppressions);
    }
}

static void the_first_rule_has_it_and_all_that_match_are_used(void **state)
{
    (void)state;
    struct suppressions_error error;
    struct suppressions *suppressions = suppressions__new();
    static const char rules[] = "fd-leak:nothing\nfd-leak:main\n*:load_config\nfd-leak@detail:/etc";
    assert_int_equal(suppressions__read_text(suppressions, "list", rules, &error), 0);
    const struct suppression *rule = find(suppressions, KIND_FD_LEAK);
    assert_non_null(rule);
    assert_string_equal(rule->text, "fd-leak:main");
    assert_string_equal(rule->list, "list");
    assert_int_equal(rule->line, 2);
    assert_false(suppressions__get(suppressions, 0)->used);
    assert_true(suppressions__get(suppressions, 1)->used);
    assert_true(suppressions__get(suppressions, 2)->used);
    assert_null(suppressions__get(suppressions, 4));
    rule = suppressions__find_detail(suppressions, kinds__get(KIND_FD_LEAK), "/etc/passwd");
    assert_string_equal(rule->text, "fd-leak@detail:/etc");
    assert_null(suppressions__find_detail(suppressions, kinds__get(KIND_FD_LEAK), "/dev/null"));
    suppressions__free(suppressions);
}

static void a_bad_line_is_named(void **state)
{
    static const char *const bad[] = {"fd-leak", "no-such-kind:main", "fd-leak:", ":main", "fd-leak:^", "leak@x:main"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct suppressions_error error;
        struct suppressions *suppressions = suppressions__new();
        char text[64];
        snprintf(text, sizeof text, "# reason\n\n%s\n", bad[i]);
        assert_int_equal(suppressions__read_text(suppressions, "list.supp", text, &error), -1);
        assert_non_null(strstr(error.text, "list.supp:3: "));
        assert_null(strchr(error.text, '\n'));
        suppressions__free(suppressions);
    }
}

static void files_are_read_and_missing_ones_named(void **state)
{
    (void)state;
    struct suppressions_error error;
    char path[] = "/tmp/leakwatch-rules.XXXXXX";
    struct suppressions *suppressions = suppressions__new();
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "# why\nfd-leak:main", 18), 18);
    close(fd);
    assert_int_equal(suppressions__read_file(suppressions, path, &error), 0);
    assert_int_equal(suppressions__get(suppressions, 0)->line, 2);
    unlink(path);
    assert_int_equal(suppressions__read_file(suppressions, path, &error), -1);
    assert_non_null(strstr(error.text, path));
    assert_int_equal(suppressions__read_file(suppressions, "/tmp", &error), -1);
    suppressions__free(suppressions);
}

static void the_built_in_list_is_sound_and_known_as_such(void **state)
{
    (void)state;
    struct suppressions *suppressions = suppressions__new();
    suppressions__read_built_in(suppressions);
    const struct suppression *first = suppressions__get(suppressions, 0);
    assert_non_null(first);
    assert_true(first->is_built_in);
    assert_null(find(suppressions, KIND_FD_LEAK));
    suppressions__free(suppressions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_match_as_leak_sanitizer_has_it),
        cmocka_unit_test(any_frame_and_the_call_are_looked_at),
        cmocka_unit_test(the_first_rule_has_it_and_all_that_match_are_used),
        cmocka_unit_test(a_bad_line_is_named),
        cmocka_unit_test(files_are_read_and_missing_ones_named),
        cmocka_unit_test(the_built_in_list_is_sound_and_known_as_such),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
