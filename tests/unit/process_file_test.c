/* What the kernel says of a process, or that it says nothing: a file that cannot be read is not an empty one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/process_file.h"
#include "base/process_limits.h"
#include "base/process_stat.h"
#include "base/process_watch.h"

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

/* Of whoever else asks the kernel answers by the file alone. */
static void test_limits_are_known_whoever_asks(void **state)
{
    struct rlimit own;
    int status;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &own), 0);
    pid_t other = fork();
    if (other == 0) {
        uint64_t soft = 0, hard = 0;
        bool is_another = getuid() != 0 || setuid(65534) == 0;
        bool are_known = process_limits__nofile((uint32_t)getppid(), &soft, &hard);
        _exit(is_another && are_known && soft == own.rlim_cur && hard == own.rlim_max ? 0 : 1);
    }
    assert_int_equal(waitpid(other, &status, 0), other);
    assert_int_equal(status, 0);
}

static struct process_watch watch_self(void)
{
    struct process_watch watch = {.pid = 0};
    struct process_stat own;
    assert_true(process_stat__read(&own, (uint32_t)getpid()));
    process_watch__begin(&watch, (uint32_t)getpid(), own.start_ticks);
    return watch;
}

/* Which descriptor would be the next one. */
static int next_descriptor(void)
{
    int next = dup(STDERR_FILENO);
    close(next);
    return next;
}

static void test_watched_process_runs_until_it_has_ended(void **state)
{
    int gate[2], next = next_descriptor();
    struct process_watch watch = {.pid = 0};
    struct process_stat stat;
    siginfo_t info;
    (void)state;
    assert_int_equal(pipe(gate), 0);
    pid_t child = fork();
    if (child == 0) {
        char byte;
        close(gate[1]);
        _exit(read(gate[0], &byte, 1) == 0 ? 0 : 1);
    }
    assert_true(process_stat__read(&stat, (uint32_t)child));
    process_watch__begin(&watch, (uint32_t)child, stat.start_ticks);
    if (watch.pid == 0)
        skip(); /* before Linux 5.3 */
    assert_true(process_watch__runs(&watch));
    close(gate[1]);
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    assert_false(process_watch__runs(&watch)); /* though nobody has waited for it */
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(gate[0]);
    assert_int_equal(next_descriptor(), next);
}

static void test_process_of_another_start_is_not_watched(void **state)
{
    int next = next_descriptor();
    struct process_watch watch = {.pid = 0};
    struct process_stat own;
    (void)state;
    assert_true(process_stat__read(&own, (uint32_t)getpid()));
    process_watch__begin(&watch, (uint32_t)getpid(), own.start_ticks + 1);
    assert_int_equal(watch.pid, 0);
    assert_false(process_watch__runs(&watch));
    assert_int_equal(next_descriptor(), next);
}

static void test_half_of_the_descriptors_are_left_to_others(void **state)
{
    struct rlimit before, limit;
    struct process_watch watch = watch_self();
    (void)state;
    if (watch.pid == 0)
        skip();
    process_watch__end(&watch);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    limit = before;
    limit.rlim_cur = 2 * (rlim_t)next_descriptor();
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    int next = next_descriptor();
    watch = watch_self();
    assert_int_equal(watch.pid, 0);
    assert_int_equal(next_descriptor(), next);
    limit.rlim_cur += 2;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    watch = watch_self();
    assert_int_equal(watch.pid, getpid());
    process_watch__end(&watch);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file_is_read_as_far_as_there_is_room),
        cmocka_unit_test(test_failed_read_is_no_empty_file),
        cmocka_unit_test(test_process_runs_until_it_has_ended),
        cmocka_unit_test(test_limits_are_known_whoever_asks),
        cmocka_unit_test(test_watched_process_runs_until_it_has_ended),
        cmocka_unit_test(test_process_of_another_start_is_not_watched),
        cmocka_unit_test(test_half_of_the_descriptors_are_left_to_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
