/* The hooked functions as raw system calls: for the time before the real ones are known, and for those that the running
 * C library does not have.
 *
 * DESIGN. An IFUNC resolver of another library may call a hook before this library is relocated. So nothing here uses
 * the PLT, thread-local storage or a pointer that a relocation must fill in: the table below becomes code, not data.
 * errno is set once it can be. All arguments are passed on as the six registers that they came in; those that a function
 * does not have are not looked at by the kernel. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "leakwatch/ledger.h"
#include "real.h"
#include "system/system.h"

/* A relative relocation fills this; its own address is known without one. */
static void *volatile relocated = (void *)&relocated;

LW_START_CODE bool lw_relocated(void)
{
    return relocated == (void *)&relocated;
}

#define KERNEL_SIGSET 8 /* bytes of the kernel's signal set, which is the beginning of the C library's */

/* EARLY(symbol, system call, its arguments from a, b, c … as the function was given them) */
#define ALL_EARLY(EARLY)                                                                                               \
    EARLY(open, SYS_openat, AT_FDCWD, a, b, c, 0, 0)                                                                   \
    EARLY(open64, SYS_openat, AT_FDCWD, a, b, c, 0, 0)                                                                 \
    EARLY(__open, SYS_openat, AT_FDCWD, a, b, c, 0, 0)                                                                 \
    EARLY(__open64, SYS_openat, AT_FDCWD, a, b, c, 0, 0)                                                               \
    EARLY(__open_2, SYS_openat, AT_FDCWD, a, b, 0, 0, 0)                                                               \
    EARLY(__open64_2, SYS_openat, AT_FDCWD, a, b, 0, 0, 0)                                                             \
    EARLY(openat, SYS_openat, a, b, c, d, 0, 0)                                                                        \
    EARLY(openat64, SYS_openat, a, b, c, d, 0, 0)                                                                      \
    EARLY(__openat_2, SYS_openat, a, b, c, 0, 0, 0)                                                                    \
    EARLY(__openat64_2, SYS_openat, a, b, c, 0, 0, 0)                                                                  \
    EARLY(creat, SYS_openat, AT_FDCWD, a, O_CREAT | O_WRONLY | O_TRUNC, b, 0, 0)                                       \
    EARLY(creat64, SYS_openat, AT_FDCWD, a, O_CREAT | O_WRONLY | O_TRUNC, b, 0, 0)                                     \
    EARLY(open_by_handle_at, SYS_open_by_handle_at, a, b, c, 0, 0, 0)                                                  \
    EARLY(memfd_create, SYS_memfd_create, a, b, 0, 0, 0, 0)                                                            \
    EARLY(fsopen, LW_SYS_FSOPEN, a, b, 0, 0, 0, 0)                                                                     \
    EARLY(fspick, LW_SYS_FSPICK, a, b, c, 0, 0, 0)                                                                     \
    EARLY(fsmount, LW_SYS_FSMOUNT, a, b, c, 0, 0, 0)                                                                   \
    EARLY(open_tree, LW_SYS_OPEN_TREE, a, b, c, 0, 0, 0)                                                               \
    EARLY(eventfd, SYS_eventfd2, a, b, 0, 0, 0, 0)                                                                     \
    EARLY(signalfd, SYS_signalfd4, a, b, KERNEL_SIGSET, c, 0, 0)                                                       \
    EARLY(timerfd_create, SYS_timerfd_create, a, b, 0, 0, 0, 0)                                                        \
    EARLY(epoll_create, SYS_epoll_create1, 0, 0, 0, 0, 0, 0)                                                           \
    EARLY(epoll_create1, SYS_epoll_create1, a, 0, 0, 0, 0, 0)                                                          \
    EARLY(inotify_init, SYS_inotify_init1, 0, 0, 0, 0, 0, 0)                                                           \
    EARLY(inotify_init1, SYS_inotify_init1, a, 0, 0, 0, 0, 0)                                                          \
    EARLY(fanotify_init, SYS_fanotify_init, a, b, 0, 0, 0, 0)                                                          \
    EARLY(pidfd_open, LW_SYS_PIDFD_OPEN, a, b, 0, 0, 0, 0)                                                             \
    EARLY(pidfd_getfd, LW_SYS_PIDFD_GETFD, a, b, c, 0, 0, 0)                                                           \
    EARLY(socket, SYS_socket, a, b, c, 0, 0, 0)                                                                        \
    EARLY(socketpair, SYS_socketpair, a, b, c, d, 0, 0)                                                                \
    EARLY(accept, SYS_accept, a, b, c, 0, 0, 0)                                                                        \
    EARLY(accept4, SYS_accept4, a, b, c, d, 0, 0)                                                                      \
    EARLY(bind, SYS_bind, a, b, c, 0, 0, 0)                                                                            \
    EARLY(connect, SYS_connect, a, b, c, 0, 0, 0)                                                                      \
    EARLY(listen, SYS_listen, a, b, 0, 0, 0, 0)                                                                        \
    EARLY(shutdown, SYS_shutdown, a, b, 0, 0, 0, 0)                                                                    \
    EARLY(fsync, SYS_fsync, a, 0, 0, 0, 0, 0)                                                                          \
    EARLY(fdatasync, SYS_fdatasync, a, 0, 0, 0, 0, 0)                                                                  \
    EARLY(msync, SYS_msync, a, b, c, 0, 0, 0)                                                                          \
    EARLY(read, SYS_read, a, b, c, 0, 0, 0)                                                                            \
    EARLY(__read_chk, SYS_read, a, b, c, 0, 0, 0)                                                                      \
    EARLY(pread, SYS_pread64, a, b, c, d, 0, 0)                                                                        \
    EARLY(pread64, SYS_pread64, a, b, c, d, 0, 0)                                                                      \
    EARLY(__pread_chk, SYS_pread64, a, b, c, d, 0, 0)                                                                  \
    EARLY(__pread64_chk, SYS_pread64, a, b, c, d, 0, 0)                                                                \
    EARLY(readv, SYS_readv, a, b, c, 0, 0, 0)                                                                          \
    EARLY(preadv, SYS_preadv, a, b, c, d, 0, 0)                                                                        \
    EARLY(preadv64, SYS_preadv, a, b, c, d, 0, 0)                                                                      \
    EARLY(preadv2, SYS_preadv2, a, b, c, d, 0, e)                                                                      \
    EARLY(preadv64v2, SYS_preadv2, a, b, c, d, 0, e)                                                                   \
    EARLY(pwrite, SYS_pwrite64, a, b, c, d, 0, 0)                                                                      \
    EARLY(pwrite64, SYS_pwrite64, a, b, c, d, 0, 0)                                                                    \
    EARLY(write, SYS_write, a, b, c, 0, 0, 0)                                                                          \
    EARLY(writev, SYS_writev, a, b, c, 0, 0, 0)                                                                        \
    EARLY(pwritev, SYS_pwritev, a, b, c, d, 0, 0)                                                                      \
    EARLY(pwritev64, SYS_pwritev, a, b, c, d, 0, 0)                                                                    \
    EARLY(pwritev2, SYS_pwritev2, a, b, c, d, 0, e)                                                                    \
    EARLY(pwritev64v2, SYS_pwritev2, a, b, c, d, 0, e)                                                                 \
    EARLY(lseek, SYS_lseek, a, b, c, 0, 0, 0)                                                                          \
    EARLY(lseek64, SYS_lseek, a, b, c, 0, 0, 0)                                                                        \
    EARLY(send, SYS_sendto, a, b, c, d, 0, 0)                                                                          \
    EARLY(sendto, SYS_sendto, a, b, c, d, e, f)                                                                        \
    EARLY(sendmsg, SYS_sendmsg, a, b, c, 0, 0, 0)                                                                      \
    EARLY(sendmmsg, SYS_sendmmsg, a, b, c, d, 0, 0)                                                                    \
    EARLY(recv, SYS_recvfrom, a, b, c, d, 0, 0)                                                                        \
    EARLY(__recv_chk, SYS_recvfrom, a, b, c, e, 0, 0)                                                                  \
    EARLY(recvfrom, SYS_recvfrom, a, b, c, d, e, f)                                                                    \
    EARLY(fstat, SYS_fstat, a, b, 0, 0, 0, 0)                                                                          \
    EARLY(fstat64, SYS_fstat, a, b, 0, 0, 0, 0)                                                                        \
    EARLY(__fxstat, SYS_fstat, b, c, 0, 0, 0, 0)                                                                       \
    EARLY(__fxstat64, SYS_fstat, b, c, 0, 0, 0, 0)                                                                     \
    EARLY(fstatfs, SYS_fstatfs, a, b, 0, 0, 0, 0)                                                                      \
    EARLY(fstatfs64, SYS_fstatfs, a, b, 0, 0, 0, 0)                                                                    \
    EARLY(ftruncate, SYS_ftruncate, a, b, 0, 0, 0, 0)                                                                  \
    EARLY(ftruncate64, SYS_ftruncate, a, b, 0, 0, 0, 0)                                                                \
    EARLY(fallocate, SYS_fallocate, a, b, c, d, 0, 0)                                                                  \
    EARLY(fallocate64, SYS_fallocate, a, b, c, d, 0, 0)                                                                \
    EARLY(fchmod, SYS_fchmod, a, b, 0, 0, 0, 0)                                                                        \
    EARLY(fchown, SYS_fchown, a, b, c, 0, 0, 0)                                                                        \
    EARLY(fchdir, SYS_fchdir, a, 0, 0, 0, 0, 0)                                                                        \
    EARLY(futimens, SYS_utimensat, a, 0, b, 0, 0, 0)                                                                   \
    EARLY(flock, SYS_flock, a, b, 0, 0, 0, 0)                                                                          \
    EARLY(getdents64, SYS_getdents64, a, b, c, 0, 0, 0)                                                                \
    EARLY(sendfile, SYS_sendfile, a, b, c, d, 0, 0)                                                                    \
    EARLY(sendfile64, SYS_sendfile, a, b, c, d, 0, 0)                                                                  \
    EARLY(splice, SYS_splice, a, b, c, d, e, f)                                                                        \
    EARLY(copy_file_range, SYS_copy_file_range, a, b, c, d, e, f)                                                      \
    EARLY(getsockopt, SYS_getsockopt, a, b, c, d, e, 0)                                                                \
    EARLY(setsockopt, SYS_setsockopt, a, b, c, d, e, 0)                                                                \
    EARLY(getsockname, SYS_getsockname, a, b, c, 0, 0, 0)                                                              \
    EARLY(getpeername, SYS_getpeername, a, b, c, 0, 0, 0)                                                              \
    EARLY(epoll_ctl, SYS_epoll_ctl, a, b, c, d, 0, 0)                                                                  \
    EARLY(epoll_wait, SYS_epoll_pwait, a, b, c, d, 0, KERNEL_SIGSET)                                                   \
    EARLY(epoll_pwait, SYS_epoll_pwait, a, b, c, d, e, KERNEL_SIGSET)                                                  \
    EARLY(timerfd_settime, SYS_timerfd_settime, a, b, c, d, 0, 0)                                                      \
    EARLY(inotify_add_watch, SYS_inotify_add_watch, a, b, c, 0, 0, 0)                                                  \
    EARLY(recvmsg, SYS_recvmsg, a, b, c, 0, 0, 0)                                                                      \
    EARLY(recvmmsg, SYS_recvmmsg, a, b, c, d, e, 0)                                                                    \
    EARLY(pipe, SYS_pipe2, a, 0, 0, 0, 0, 0)                                                                           \
    EARLY(__pipe, SYS_pipe2, a, 0, 0, 0, 0, 0)                                                                         \
    EARLY(pipe2, SYS_pipe2, a, b, 0, 0, 0, 0)                                                                          \
    EARLY(posix_openpt, SYS_openat, AT_FDCWD, "/dev/ptmx", a, 0, 0, 0)                                                 \
    EARLY(getpt, SYS_openat, AT_FDCWD, "/dev/ptmx", O_RDWR, 0, 0, 0)                                                   \
    EARLY(dup, SYS_dup, a, 0, 0, 0, 0, 0)                                                                              \
    EARLY(dup3, SYS_dup3, a, b, c, 0, 0, 0)                                                                            \
    EARLY(fcntl, SYS_fcntl, a, b, c, 0, 0, 0)                                                                          \
    EARLY(fcntl64, SYS_fcntl, a, b, c, 0, 0, 0)                                                                        \
    EARLY(__fcntl, SYS_fcntl, a, b, c, 0, 0, 0)                                                                        \
    EARLY(close, SYS_close, a, 0, 0, 0, 0, 0)                                                                          \
    EARLY(__close, SYS_close, a, 0, 0, 0, 0, 0)                                                                        \
    EARLY(mq_close, SYS_close, a, 0, 0, 0, 0, 0)                                                                       \
    EARLY(close_range, LW_SYS_CLOSE_RANGE, a, b, c, 0, 0, 0)                                                           \
    EARLY(ioctl, SYS_ioctl, a, b, c, 0, 0, 0)                                                                          \
    EARLY(wait, SYS_wait4, -1, a, 0, 0, 0, 0)                                                                          \
    EARLY(__wait, SYS_wait4, -1, a, 0, 0, 0, 0)                                                                        \
    EARLY(wait3, SYS_wait4, -1, a, b, c, 0, 0)                                                                         \
    EARLY(wait4, SYS_wait4, a, b, c, d, 0, 0)                                                                          \
    EARLY(waitpid, SYS_wait4, a, b, c, 0, 0, 0)                                                                        \
    EARLY(__waitpid, SYS_wait4, a, b, c, 0, 0, 0)                                                                      \
    EARLY(waitid, SYS_waitid, a, b, c, d, 0, 0)                                                                        \
    EARLY(execve, SYS_execve, a, b, c, 0, 0, 0)                                                                        \
    EARLY(execveat, SYS_execveat, a, b, c, d, e, 0)                                                                    \
    EARLY(_exit, SYS_exit_group, a, 0, 0, 0, 0, 0)                                                                     \
    EARLY(_Exit, SYS_exit_group, a, 0, 0, 0, 0, 0)                                                                     \
    EARLY(prctl, SYS_prctl, a, b, c, d, e, 0)                                                                          \
    EARLY(setrlimit, SYS_prlimit64, 0, a, b, 0, 0, 0)                                                                  \
    EARLY(setrlimit64, SYS_prlimit64, 0, a, b, 0, 0, 0)                                                                \
    EARLY(prlimit, SYS_prlimit64, a, b, c, d, 0, 0)                                                                    \
    EARLY(prlimit64, SYS_prlimit64, a, b, c, d, 0, 0)

static long finish(long result)
{
    if (result >= 0 || result < -4095)
        return result;
    if (lw_relocated())
        errno = (int)-result;
    return -1;
}

#define ARGUMENTS long a, long b, long c, long d, long e, long f

#define EARLY(symbol, number, a1, a2, a3, a4, a5, a6)                                                                  \
    static long symbol##_early(ARGUMENTS)                                                                              \
    {                                                                                                                  \
        (void)a, (void)b, (void)c, (void)d, (void)e, (void)f;                                                          \
        return finish(lw_syscall6(number, (long)(a1), (long)(a2), (long)(a3), (long)(a4), (long)(a5), (long)(a6)));    \
    }
ALL_EARLY(EARLY)
#undef EARLY

/* The number is the first argument, the last comes on the stack. */
static long syscall_early(long number, ARGUMENTS)
{
    return finish(lw_syscall6(number, a, b, c, d, e, f));
}

/* Not every machine has dup2; dup3 refuses what dup2 does by doing nothing. */
static long dup2_early(long from, long to)
{
    if ((int)from != (int)to)
        return finish(lw_syscall6(SYS_dup3, from, to, 0, 0, 0, 0));
    long flags = finish(lw_syscall6(SYS_fcntl, from, F_GETFD, 0, 0, 0, 0));
    return flags < 0 ? flags : to;
}

/* One by one where the kernel is older than close_range. */
static void closefrom_early(int lowest)
{
    unsigned first = lowest < 0 ? 0 : (unsigned)lowest;
    if (lw_syscall6(LW_SYS_CLOSE_RANGE, first, ~0U, 0, 0, 0, 0) == 0)
        return;
    struct rlimit limit;
    if (lw_syscall6(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, (long)&limit, 0, 0) != 0)
        return;
    for (unsigned long fd = first; fd < limit.rlim_cur; fd++)
        lw_syscall6(SYS_close, (long)fd, 0, 0, 0, 0, 0);
}

/* Computed here and now: a compiler that saw only constants would make a table of pointers, to be relocated. */
#define address_of(function)                                                                                           \
    ({                                                                                                                 \
        void *address = (void *)(function);                                                                            \
        __asm__("" : "+r"(address));                                                                                   \
        address;                                                                                                       \
    })

void *lw_early(uint32_t hook)
{
    switch (hook) {
#define EARLY(symbol, ...)                                                                                             \
    case LW_HOOK_##symbol:                                                                                             \
        return address_of(symbol##_early);
        ALL_EARLY(EARLY)
        EARLY(syscall)
        EARLY(dup2)
    case LW_HOOK___dup2:
        return address_of(dup2_early);
        EARLY(closefrom)
#undef EARLY
    default:
        return NULL;
    }
}

static LW_START_CODE long refused_number(void)
{
    return finish(-ENOSYS);
}

static LW_START_CODE void *refused_handle(void)
{
    finish(-ENOSYS);
    return NULL;
}

LW_START_CODE void *lw_refusal(uint32_t hook)
{
    enum lw_class class = lw_class(lw_hooks[hook].kind); /* a plain number, so it is there before relocation */
    bool gives_handle = class == LW_CLASS_STREAM || class == LW_CLASS_DIR;
    return gives_handle ? address_of(refused_handle) : address_of(refused_number);
}
