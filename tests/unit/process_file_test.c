/* What the kernel says of a process, or that it says nothing: a file that cannot be read is not an empty one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/process_file.h"
#include "base/process_stat.h"

/* The number of a process that has ended, and that nobody has waited for yet. */
static uint32_t ended_child(void)
{
    siginfo_t info;
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    assert_true(child > 0);
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    return (uint32_t)child;
}

static void test_file_is_read_as_far_as_there_is_room(void **state)
{
    char text[7];
    (void)state;
    assert_true(process_file__read((uint32_t)getpid(), "status", text, sizeof text));
    assert_string_equal(text, "Name:\t");
}

static void test_failed_read_is_no_empty_file(void **state)
{
    char text[16];
    (void)state;
    errno = 0;
    assert_false(process_file__read((uint32_t)getpid(), "mem", text, sizeof text)); /* nothing lies at address 0 */
    assert_int_equal(errno, EIO);
}

static void test_process_runs_until_it_has_ended(void **state)
{
    struct process_stat own, child;
    (void)state;
    assert_true(process_stat__read(&own, (uint32_t)getpid()));
    assert_int_equal(own.parent, getppid());
    assert_true(process_stat__runs((uint32_t)getpid(), own.start_ticks));
    assert_false(process_stat__runs((uint32_t)getpid(), own.start_ticks + 1));
    uint32_t pid = ended_child();
    assert_true(process_stat__read(&child, pid));
    assert_int_equal(child.state, 'Z');
    assert_false(process_stat__runs(pid, child.start_ticks));
    assert_int_equal(waitpid((pid_t)pid, NULL, 0), pid);
    assert_false(process_stat__read(&child, pid));
    assert_int_equal(errno, ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file_is_read_as_far_as_there_is_room),
        cmocka_unit_test(test_failed_read_is_no_empty_file),
        cmocka_unit_test(test_process_runs_until_it_has_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
