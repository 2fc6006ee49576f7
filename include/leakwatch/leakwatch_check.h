/* Check: each test of a case is a scope, and a test that leaves resources behind fails with what it left and who took it.
 * Without libleakwatch.so preloaded nothing is added. With forked tests (Check's default) and without.
 *
 *     TCase *spool = tcase_create("spool");
 *     leakwatch_check_watch(spool);
 *     tcase_add_test(spool, spool_is_closed);
 *
 * To be used by one source file of a test program. leakwatch_check_watch goes before the case's own checked fixtures, so
 * that these are watched as well: Check tears down in the reverse order. Forked, a test that fails for another reason ends at
 * once, and is not looked at. All scopes have the same name: Check tells a set-up nothing of its test;
 * so what the baseline of `leakwatch gate` knows of is allowed to each of them. */
#ifndef LEAKWATCH_CHECK_H
#define LEAKWATCH_CHECK_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "leakwatch/leakwatch.h"
#include "leakwatch/leakwatch_baseline.h"
#include "leakwatch/leakwatch_print.h"

static struct {
    leakwatch_scope_t scope;
    int open;
} leakwatch_check;

#define LEAKWATCH_CHECK__NAME "check test"

/* Without fork, Check opens a file of its own between the fixture and the test: …/check_XXXXXX. */
static inline void leakwatch_check__spare(const struct leakwatch_resource *resource, void *context)
{
    const char *name = strrchr(resource->detail, '/');
    (void)context;
    if (name && strncmp(name, "/check_", 7) == 0 && strlen(name) == 13 && strcmp(resource->call, "fdopen") == 0)
        leakwatch_hand_over(resource->kind, resource->handle, LEAKWATCH_PROCESS);
}

/* The fixtures by themselves, for tcase_add_checked_fixture.
 *
 *     tcase_add_checked_fixture(spool, leakwatch_check_setup, leakwatch_check_teardown);
 *     tcase_add_checked_fixture(spool, open_database, close_database);
 *     tcase_add_test(spool, spool_is_closed);
 */
static inline void leakwatch_check_setup(void)
{
    if (leakwatch_check.open) { /* without fork: a fixture of the last test has failed */
        leakwatch_scope_fail(leakwatch_check.scope, "the test failed");
        leakwatch_scope_end(leakwatch_check.scope);
    }
    leakwatch_check.scope = leakwatch_scope_begin(LEAKWATCH_CHECK__NAME);
    leakwatch_check.open = 1;
}

static inline void leakwatch_check_teardown(void)
{
    char *held;
    size_t left;
    leakwatch_held(leakwatch_check.scope, leakwatch_check__spare, NULL);
    held = leakwatch_describe_held(leakwatch_check.scope);
    left = leakwatch_scope_end(leakwatch_check.scope);
    leakwatch_check.open = 0;
    if (left <= leakwatch_known_leaks(LEAKWATCH_CHECK__NAME))
        left = 0;
    if (left > 0) { /* Check cuts long messages */
        fprintf(stderr, "%s ends with %zu of its resources still held\n%s", tcase_name(), left, held ? held : "");
        fflush(stderr);
    }
    free(held);
    if (left > 0)
        ck_abort_msg("the test ends with %zu of its resources still held", left);
}

/* Watches the tests of a case. */
static inline void leakwatch_check_watch(TCase *tests)
{
    if (leakwatch_active())
        tcase_add_checked_fixture(tests, leakwatch_check_setup, leakwatch_check_teardown);
}

/* What the running test holds now is held on purpose: neither it nor leakwatch's reports complain.
 *
 *     load_plugins();
 *     leakwatch_check_allow_leaks("plugins stay loaded");
 *     ck_assert_int_eq(plugin_count(), 3);
 */
static inline void leakwatch_check_allow_leaks(const char *reason)
{
    leakwatch_expect_all(leakwatch_check.scope, reason);
}

#endif
