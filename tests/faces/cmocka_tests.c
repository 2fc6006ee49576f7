/* Tests with cmocka of which three leave resources behind. test_frameworks.py says how they end. */
#include "leakwatch/leakwatch_cmocka.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int open_null(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

/* ---- States: a group's wins over a test's own, as without leakwatch ---- */

static int group_number = 23, test_number = 42, group_fixture, fixture;

static int set_group(void **state)
{
    *state = &group_number;
    group_fixture = open_null();
    return 0;
}

static int unset_group(void **state)
{
    assert_ptr_equal(*state, &group_number);
    return close(group_fixture);
}

static int set_fixture(void **state)
{
    assert_non_null(*state);
    fixture = open_null();
    return 0;
}

static int unset_fixture(void **state)
{
    (void)state;
    return close(fixture);
}

/* ---- Tests ---- */

static void clean(void **state)
{
    (void)state;
    assert_int_equal(close(open_null()), 0);
}

static void leaking(void **state)
{
    (void)state;
    leakwatch_label(LEAKWATCH_FD(open_null()), "spool");
    assert_non_null(fopen("/dev/null", "r"));
}

static void leaking_alone(void **state)
{
    (void)state;
    open_null();
}

static void leaking_with_pair(void **state)
{
    (void)state;
    open_null();
}

static void allowed(void **state)
{
    (void)state;
    open_null();
    leakwatch_cmocka_allow_leaks("stays open");
}

static void with_group_state(void **state)
{
    assert_int_equal(*(int *)*state, 23);
}

static void with_own_state(void **state)
{
    assert_int_equal(*(int *)*state, 42);
}

int main(void)
{
    const struct CMUnitTest singly[] = {
        leakwatch_cmocka_unit_test(clean),
        leakwatch_cmocka_unit_test(leaking_alone),
        cmocka_unit_test_setup_teardown(leaking_with_pair, leakwatch_cmocka_setup, leakwatch_cmocka_teardown),
        leakwatch_cmocka_unit_test(allowed),
    };
    const struct CMUnitTest together[] = {
        cmocka_unit_test(clean),
        cmocka_unit_test(leaking),
        cmocka_unit_test(allowed),
        cmocka_unit_test_prestate_setup_teardown(with_own_state, set_fixture, unset_fixture, &test_number),
    };
    const struct CMUnitTest with_group[] = {
        cmocka_unit_test(with_group_state),
        cmocka_unit_test_setup_teardown(with_group_state, set_fixture, unset_fixture),
    };
    int failed = cmocka_run_group_tests(singly, NULL, NULL);
    failed += leakwatch_cmocka_run_group_tests(together, NULL, NULL);
    failed += leakwatch_cmocka_run_group_tests_name("with a group", with_group, set_group, unset_group);
    return failed;
}
