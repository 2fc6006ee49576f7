/* Tests with Check of which one leaves two resources behind; with the argument "nofork", all in one process.
 * test_frameworks.py says how they end. */
#include "leakwatch/leakwatch_check.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int fixture;

static int open_null(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    return fd;
}

static void open_fixture(void)
{
    fixture = open_null();
}

static void close_fixture(void)
{
    ck_assert_int_eq(close(fixture), 0);
}

START_TEST(clean)
{
    ck_assert_int_eq(close(open_null()), 0);
}
END_TEST

START_TEST(leaking)
{
    leakwatch_label(LEAKWATCH_FD(open_null()), "spool");
    ck_assert_ptr_nonnull(fopen("/dev/null", "r"));
}
END_TEST

START_TEST(allowed)
{
    open_null();
    leakwatch_check_allow_leaks("stays open");
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("suite");
    TCase *spool = tcase_create("spool");
    leakwatch_check_watch(spool);
    tcase_add_checked_fixture(spool, open_fixture, close_fixture);
    tcase_add_test(spool, clean);
    tcase_add_test(spool, leaking);
    tcase_add_test(spool, allowed);
    suite_add_tcase(suite, spool);

    SRunner *runner = srunner_create(suite);
    if (argc > 1 && strcmp(argv[1], "nofork") == 0)
        srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_VERBOSE);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed;
}
