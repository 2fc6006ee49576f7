/* Seccomp filters that this command was born with: a child makes all the library's calls, and may die of one.
 *
 * What a filter forbids cannot be asked. The library (preload/process/filter.c) restricts itself where there is one; here
 * there is a process to lose. */
#include "filters.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* ---- The child ---- */

/* Did nobody mind the call? Some are made so that they fail, with an error of their own. (What is passed on the stack, the
 * sixth argument of a call, must be a long: of an int half of what the kernel sees is whatever stood there.) */
static bool went_well(int harmless, long result)
{
    return result >= 0 || errno == harmless;
}

#define MAY(harmless, ...) went_well(harmless, syscall(__VA_ARGS__))

static bool may_use_files(int file)
{
    static char page[4096];
    struct iovec piece = {page, sizeof page};
    struct statfs system;
    struct stat status;
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    int directory = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return MAY(0, SYS_pwritev, file, &piece, 1, 0, 0) && MAY(0, SYS_ftruncate, file, 8192) &&
           MAY(0, SYS_fstatfs, file, &system) && MAY(0, SYS_fchmod, file, 0600) && MAY(0, SYS_fstat, file, &status) &&
           MAY(0, SYS_newfstatat, AT_FDCWD, ".", &status, 0) &&
           MAY(0, SYS_readlinkat, AT_FDCWD, path, page, sizeof page) &&
           MAY(0, SYS_getdents64, directory, page, sizeof page) && MAY(ENOENT, SYS_truncate, "", 0) &&
           MAY(ENOENT, SYS_unlinkat, AT_FDCWD, "", 0) && MAY(0, SYS_getcwd, page, sizeof page) &&
           MAY(0, SYS_fcntl, file, F_GETFD, 0) && MAY(0, SYS_pread64, file, page, sizeof page, 0);
}

static bool may_use_memory(int file)
{
    uint8_t from = 1, to = 0;
    struct iovec here = {&to, 1}, there = {&from, 1};
    void *own = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *shared = mmap(NULL, 8192, PROT_NONE, MAP_SHARED, file, 0);
    return own != MAP_FAILED && shared != MAP_FAILED && MAY(0, SYS_mprotect, shared, 4096, PROT_READ | PROT_WRITE) &&
           MAY(EINVAL, SYS_madvise, own, 4096, MADV_WIPEONFORK) && MAY(0, SYS_madvise, shared, 8192, MADV_RANDOM) &&
           MAY(EINVAL, SYS_madvise, shared, 4096, MADV_POPULATE_WRITE) &&
           MAY(0, SYS_process_vm_readv, getpid(), &here, 1L, &there, 1L, 0L) && MAY(0, SYS_mincore, own, 4096, &to) &&
           MAY(0, SYS_munmap, own, 4096);
}

static bool may_use_processes(void)
{
    struct timespec now;
    struct rlimit limit;
    struct utsname about;
    siginfo_t info;
    stack_t stack;
    uint64_t mask = 0, action[4];
    uint32_t word = 0;
    return MAY(0, SYS_getpid) && MAY(0, SYS_getppid) && MAY(0, SYS_gettid) && MAY(0, SYS_getuid) &&
           MAY(0, SYS_geteuid) && MAY(0, SYS_uname, &about) && MAY(0, SYS_sched_yield) &&
           MAY(0, SYS_clock_gettime, CLOCK_MONOTONIC, &now) && MAY(0, SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) &&
           MAY(0, SYS_sigaltstack, NULL, &stack) && MAY(0, SYS_rt_sigprocmask, SIG_BLOCK, &mask, NULL, 8) &&
           MAY(0, SYS_rt_sigaction, SIGUSR1, NULL, action, 8) && MAY(ESRCH, SYS_tgkill, getpid(), getpid(), 0) &&
           MAY(ECHILD, SYS_waitid, P_ALL, 0, &info, WEXITED, NULL) &&
           MAY(EAGAIN, SYS_futex, &word, 128 /* wait, private */, 1, NULL, NULL, 0L);
}

static bool may_do_all(void)
{
    int file = (int)syscall(SYS_memfd_create, "filters", 1);
    return file >= 0 && may_use_files(file) && may_use_memory(file) && may_use_processes();
}

/* ---- This process ---- */

static bool read_status(unsigned *mode, unsigned *filters)
{
    char line[256];
    FILE *status = fopen("/proc/self/status", "re");
    *mode = *filters = 0;
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        if (sscanf(line, "Seccomp: %u", mode) != 1)
            (void)sscanf(line, "Seccomp_filters: %u", filters);
    if (status != NULL)
        fclose(status);
    return *mode == SECCOMP_MODE_FILTER && *filters > 0;
}

unsigned filters__harmless(void)
{
    unsigned mode, filters;
    int status = 0;
    if (!read_status(&mode, &filters))
        return 0;
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        _exit(may_do_all() ? 0 : 1);
    }
    bool back = child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return back ? filters : 0;
}
