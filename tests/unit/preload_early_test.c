/* The real functions, and what stands in for them until they are known or where the C library lacks them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "real/real.h"

#define EARLY(symbol) ((__typeof__(symbol) *)lw_early(LW_HOOK_##symbol))
#define HIGH 700

static int open_null(void)
{
    int fd = EARLY(open)("/dev/null", O_RDONLY);
    assert_true(fd >= 0);
    return fd;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static void knows_that_it_is_relocated(void **state)
{
    (void)state;
    assert_true(lw_relocated());
}

/* Where the C library has a function, that one is found: never one of this program's. */
static void finds_every_real_function(void **state)
{
    (void)state;
    Dl_info own, found;
    assert_true(dladdr((void *)lw_early, &own) != 0);
    lw_real_resolve();
    for (uint32_t hook = 0; hook < LW_HOOK_COUNT; hook++) {
        if (!dlsym(RTLD_DEFAULT, lw_hooks[hook].name))
            continue;
        assert_true(dladdr(lw_real(hook), &found) != 0);
        assert_string_not_equal(found.dli_fname, own.dli_fname);
    }
    assert_null(lw_other_vfork);
}

static void resolving_leaves_no_error(void **state)
{
    (void)state;
    errno = EILSEQ;
    lw_real_resolve();
    assert_int_equal(errno, EILSEQ);
    assert_null(dlerror());
}

static void opens_and_closes(void **state)
{
    (void)state;
    int fd = open_null(), ends[2];
    assert_int_equal(EARLY(close)(fd), 0);
    assert_false(is_open(fd));
    fd = EARLY(openat)(AT_FDCWD, "/dev", O_RDONLY | O_DIRECTORY);
    assert_true(is_open(fd));
    assert_int_equal(EARLY(close)(fd), 0);
    assert_int_equal(EARLY(pipe2)(ends, O_CLOEXEC), 0);
    assert_int_equal(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
    assert_int_equal(EARLY(close)(ends[0]) | EARLY(close)(ends[1]), 0);
}

static void failures_set_errno(void **state)
{
    (void)state;
    assert_int_equal(EARLY(open)("/no/such/file", O_RDONLY), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(EARLY(close)(-1), -1);
    assert_int_equal(errno, EBADF);
}

static void duplicates_as_dup2_does(void **state)
{
    (void)state;
    int fd = open_null();
    assert_int_equal(EARLY(dup2)(fd, HIGH), HIGH);
    assert_int_equal(EARLY(dup2)(HIGH, HIGH), HIGH);
    assert_true(is_open(HIGH));
    close(HIGH);
    assert_int_equal(EARLY(dup2)(HIGH, HIGH), -1);
    assert_int_equal(errno, EBADF);
    close(fd);
}

static void passes_structures_on(void **state)
{
    (void)state;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    int fd = EARLY(signalfd)(-1, &set, SFD_CLOEXEC);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    close(fd);
}

/* What a C library older than 2.34 and 2.36 lacks. */
static void stands_in_for_younger_functions(void **state)
{
    (void)state;
    int fd = open_null();
    for (int number = HIGH; number < HIGH + 4; number++)
        dup2(fd, number);
    assert_int_equal(EARLY(close_range)(HIGH, HIGH + 1, 0), 0);
    assert_false(is_open(HIGH) || is_open(HIGH + 1));
    EARLY(closefrom)(HIGH + 3);
    assert_true(is_open(HIGH + 2));
    assert_false(is_open(HIGH + 3));
    close(HIGH + 2);
    close(fd);
    int process = ((int (*)(pid_t, unsigned))lw_early(LW_HOOK_pidfd_open))(getpid(), 0);
    assert_true(process >= 0);
    close(process);
}

static void system_calls_keep_their_six_arguments(void **state)
{
    (void)state;
    long (*call)(long, ...) = EARLY(syscall);
    char *page = (char *)call(SYS_mmap, 0L, 4096L, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1L, 0L);
    assert_true(page != MAP_FAILED);
    page[0] = 'x';
    assert_int_equal(call(SYS_munmap, page, 4096L), 0);
}

static void refuses_the_rest(void **state)
{
    (void)state;
    assert_null(lw_early(LW_HOOK_fopen));
    errno = 0;
    assert_null(((__typeof__(fopen) *)lw_refusal(LW_HOOK_fopen))("/dev/null", "r"));
    assert_int_equal(errno, ENOSYS);
    errno = 0;
    assert_int_equal(((__typeof__(fork) *)lw_refusal(LW_HOOK_fork))(), -1);
    assert_int_equal(errno, ENOSYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_that_it_is_relocated),
        cmocka_unit_test(finds_every_real_function),
        cmocka_unit_test(resolving_leaves_no_error),
        cmocka_unit_test(opens_and_closes),
        cmocka_unit_test(failures_set_errno),
        cmocka_unit_test(duplicates_as_dup2_does),
        cmocka_unit_test(passes_structures_on),
        cmocka_unit_test(stands_in_for_younger_functions),
        cmocka_unit_test(system_calls_keep_their_six_arguments),
        cmocka_unit_test(refuses_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
