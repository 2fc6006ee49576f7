/* cmocka: each test is a scope, and a test that leaves resources behind fails with what it left and who took it. Without
 * libleakwatch.so preloaded nothing is added. What the baseline of `leakwatch gate` knows makes no test fail: it knows the tests
 * of groups by their names, single ones all together. To be used by one source file of a test program. A whole group is
 * watched by the way in which it is run:
 *
 *     const struct CMUnitTest tests[] = {
 *         cmocka_unit_test(spool_is_closed),
 *         cmocka_unit_test(spool_is_empty),
 *     };
 *     return leakwatch_cmocka_run_group_tests(tests, NULL, NULL);
 *
 * and a single test by leakwatch_cmocka_unit_test(f) in the place of cmocka_unit_test(f).
 *
 * DESIGN. cmocka tells a set-up function nothing about its test but the initial state; so a group that is watched is run
 * from a copy of its table, in which the initial state is the test's row of the table and the functions are ours, which call
 * the user's. A group's own state would take the place of that row: it is kept here and handed on. */
#ifndef LEAKWATCH_CMOCKA_H
#define LEAKWATCH_CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "leakwatch/leakwatch.h"
#include "leakwatch/leakwatch_baseline.h"
#include "leakwatch/leakwatch_print.h"

static struct {
    leakwatch_scope_t scope;
    const char *name;
    const struct CMUnitTest *test; /* of the user's table */
    CMFixtureFunction group_setup, group_teardown;
    void *group_state;
    int open, passed;
} leakwatch_cmocka;

static inline void leakwatch_cmocka__begin(const char *name)
{
    leakwatch_cmocka.name = name;
    leakwatch_cmocka.passed = 0;
    leakwatch_cmocka.scope = leakwatch_scope_begin(name);
    leakwatch_cmocka.open = 1;
}

/* A test whose set-up or tear-down failed has not got to its end. */
static inline void leakwatch_cmocka__abandon(void)
{
    if (!leakwatch_cmocka.open)
        return;
    leakwatch_cmocka.open = 0;
    leakwatch_scope_fail(leakwatch_cmocka.scope, "set-up or tear-down failed");
    leakwatch_scope_end(leakwatch_cmocka.scope);
}

/* 0 where nothing is left but what the baseline knows, and -1 otherwise, as cmocka wants it of a tear-down. */
static inline int leakwatch_cmocka__end(void)
{
    char *held = leakwatch_describe_held(leakwatch_cmocka.scope);
    size_t left = leakwatch_scope_end(leakwatch_cmocka.scope);
    leakwatch_cmocka.open = 0;
    if (left <= leakwatch_known_leaks(leakwatch_cmocka.name))
        left = 0;
    if (left > 0) /* print_error cuts long texts */
        fprintf(stderr, "%s ends with %zu of its resources still held\n%s", leakwatch_cmocka.name, left,
                held ? held : "");
    free(held);
    return left > 0 ? -1 : 0;
}

/* ---- Single tests ---- */

/* A set-up and a tear-down that watch the test between them; also to be called by a test's own. They leave the state alone.
 *
 *     static const struct CMUnitTest tests[] = {
 *         cmocka_unit_test_setup_teardown(spool_is_closed, leakwatch_cmocka_setup, leakwatch_cmocka_teardown),
 *     };
 */
static inline int leakwatch_cmocka_setup(void **state)
{
    (void)state;
    leakwatch_cmocka__abandon();
    leakwatch_cmocka__begin("cmocka test");
    return 0;
}

static inline int leakwatch_cmocka_teardown(void **state)
{
    (void)state;
    return leakwatch_cmocka__end();
}

#define leakwatch_cmocka_unit_test(f)                                                                                  \
    {                                                                                                                  \
#f, f, leakwatch_cmocka_setup, leakwatch_cmocka_teardown, NULL                                                 \
    }

/* What the running test holds now is held on purpose: neither it nor leakwatch's reports complain.
 *
 *     load_plugins();
 *     leakwatch_cmocka_allow_leaks("plugins stay loaded");
 *     assert_int_equal(plugin_count(), 3);
 */
static inline void leakwatch_cmocka_allow_leaks(const char *reason)
{
    leakwatch_expect_all(leakwatch_cmocka.scope, reason);
}

/* ---- Groups ---- */

static inline int leakwatch_cmocka__setup(void **state)
{
    const struct CMUnitTest *test = (const struct CMUnitTest *)*state;
    leakwatch_cmocka__abandon();
    leakwatch_cmocka.test = test;
    leakwatch_cmocka__begin(test->name);
    *state = leakwatch_cmocka.group_state ? leakwatch_cmocka.group_state : test->initial_state;
    return test->setup_func ? test->setup_func(state) : 0;
}

static inline void leakwatch_cmocka__test(void **state)
{
    leakwatch_cmocka.test->test_func(state);
    leakwatch_cmocka.passed = 1;
}

static inline int leakwatch_cmocka__teardown(void **state)
{
    int result = leakwatch_cmocka.test->teardown_func ? leakwatch_cmocka.test->teardown_func(state) : 0;
    if (!leakwatch_cmocka.passed)
        leakwatch_scope_fail(leakwatch_cmocka.scope, "the test failed");
    return leakwatch_cmocka__end() ? -1 : result;
}

static inline int leakwatch_cmocka__group_setup(void **state)
{
    (void)state;
    return leakwatch_cmocka.group_setup ? leakwatch_cmocka.group_setup(&leakwatch_cmocka.group_state) : 0;
}

static inline int leakwatch_cmocka__group_teardown(void **state)
{
    (void)state;
    leakwatch_cmocka__abandon();
    return leakwatch_cmocka.group_teardown ? leakwatch_cmocka.group_teardown(&leakwatch_cmocka.group_state) : 0;
}

static inline int leakwatch_cmocka__run(const char *group, const struct CMUnitTest *tests, size_t count,
                                        CMFixtureFunction setup, CMFixtureFunction teardown)
{
    struct CMUnitTest *watched = (struct CMUnitTest *)calloc(count, sizeof *watched);
    size_t i;
    int failed;
    for (i = 0; watched && i < count; i++) {
        watched[i] = tests[i];
        watched[i].test_func = leakwatch_cmocka__test;
        watched[i].setup_func = leakwatch_cmocka__setup;
        watched[i].teardown_func = leakwatch_cmocka__teardown;
        watched[i].initial_state = (void *)(uintptr_t)&tests[i];
    }
    if (!watched || !leakwatch_active()) {
        free(watched);
        return _cmocka_run_group_tests(group, tests, count, setup, teardown);
    }
    leakwatch_cmocka.group_setup = setup;
    leakwatch_cmocka.group_teardown = teardown;
    leakwatch_cmocka.group_state = NULL;
    failed =
        _cmocka_run_group_tests(group, watched, count, leakwatch_cmocka__group_setup, leakwatch_cmocka__group_teardown);
    leakwatch_cmocka__abandon();
    free(watched);
    return failed;
}

/* As cmocka_run_group_tests and cmocka_run_group_tests_name, each test being watched. Examples stand above. */
#define leakwatch_cmocka_run_group_tests(tests, setup, teardown)                                                       \
    leakwatch_cmocka_run_group_tests_name(#tests, tests, setup, teardown)
#define leakwatch_cmocka_run_group_tests_name(group, tests, setup, teardown)                                           \
    leakwatch_cmocka__run(group, tests, sizeof(tests) / sizeof((tests)[0]), setup, teardown)

#endif
