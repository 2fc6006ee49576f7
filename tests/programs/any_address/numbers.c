/* The system calls that leakwatch looks at when they pass through syscall(2). Those without arguments take no address. */
#include "any_address.h"

#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "system/numbers.h"

#define NONE -1

static uint64_t how[3], forks[11] = {[4] = SIGCHLD};

static const struct row rows[] = {
#ifdef SYS_open
    {SYS_open, {A(path), N(O_RDWR)}},
    {SYS_creat, {A(path), N(0600)}},
    {SYS_eventfd, {}},
    {SYS_signalfd, {N(NONE), A(buffer), N(8)}},
    {SYS_epoll_create, {}},
    {SYS_inotify_init, {}},
    {SYS_pipe, {A(buffer)}},
    {SYS_dup2, {}},
    {SYS_fork, {}},
#endif
    {SYS_openat, {N(AT_FDCWD), A(path), N(O_RDWR)}},
    {LW_SYS_OPENAT2, {N(AT_FDCWD), A(path), A(how), N(24)}},
    {SYS_open_by_handle_at, {N(AT_FDCWD), A(buffer), N(O_RDONLY)}},
    {SYS_mq_open, {A("leakwatch-any-address"), N(O_RDWR), N(0600), A(0)}},
    {SYS_memfd_create, {A(name), N(0)}},
    {LW_SYS_MEMFD_SECRET, {}},
    {LW_SYS_OPEN_TREE, {N(AT_FDCWD), A("/"), N(O_CLOEXEC)}},
    {LW_SYS_OPEN_TREE_ATTR, {N(AT_FDCWD), A("/"), N(O_CLOEXEC), A(buffer), N(32)}},
    {LW_SYS_FSOPEN, {A("tmpfs"), N(0)}},
    {LW_SYS_FSMOUNT, {}},
    {LW_SYS_FSPICK, {N(AT_FDCWD), A("/"), N(0)}},
    {SYS_eventfd2, {}},
    {SYS_signalfd4, {N(NONE), A(buffer), N(8), N(0)}},
    {SYS_timerfd_create, {}},
    {SYS_epoll_create1, {}},
    {SYS_inotify_init1, {}},
    {SYS_fanotify_init, {}},
    {SYS_perf_event_open, {A(buffer), N(0), N(NONE), N(NONE), N(0)}},
    {SYS_bpf, {N(0), A(buffer), N(72)}},
    {SYS_userfaultfd, {}},
    {SYS_io_uring_setup, {N(1), A(buffer)}},
    {LW_SYS_LANDLOCK_CREATE_RULESET, {A(buffer), N(8), N(0)}},
    {LW_SYS_PIDFD_OPEN, {}},
    {LW_SYS_PIDFD_GETFD, {}},
    {SYS_socket, {}},
    {SYS_accept, {N(SOME_LISTENER), A(buffer), A(buffer + 256)}},
    {SYS_accept4, {N(SOME_LISTENER), A(buffer), A(buffer + 256), N(0)}},
    {SYS_socketpair, {N(AF_UNIX), N(SOCK_STREAM), N(0), A(buffer)}},
    {SYS_pipe2, {A(buffer), N(0)}},
    {SYS_dup, {}},
    {SYS_dup3, {}},
    {SYS_fcntl, {N(SOME_FILE), N(F_GETLK), A(buffer)}},
    {SYS_ioctl, {N(SOME_FILE), N(_IOWR('b', 2, char[8])), A(buffer)}},
    {SYS_close, {}},
    {LW_SYS_CLOSE_RANGE, {}},
    {SYS_recvmsg, {N(SOME_PAIR), A(buffer), N(0)}},
    {SYS_recvmmsg, {N(SOME_PAIR), A(buffer), N(2), N(0), A(0)}},
    {SYS_wait4, {N(NONE), A(buffer), N(0), A(buffer + 64)}},
    {SYS_waitid, {N(P_ALL), N(0), A(buffer), N(WEXITED), A(buffer + 256)}},
    {SYS_clone, {N(CLONE_PIDFD | SIGCHLD), N(0), A(buffer), N(0), N(0)}},
    {LW_SYS_CLONE3, {A(forks), N(64)}},
    {LW_SYS_CLONE3, {A(forks), N(88)}},
    {LW_SYS_CLONE3, {A(forks), N(8)}},
    {LW_SYS_CLONE3, {A(forks), N(-1)}},
    {SYS_execve, {A("/bin/true"), A(words), A(words)}},
    {SYS_execve, {A("/bin/true"), N(bad_words), N(bad_words)}},
    {SYS_execveat, {N(AT_FDCWD), A("/bin/true"), A(words), A(words), N(0)}},
    {SYS_exit_group, {}},
    {SYS_seccomp, {N(SECCOMP_SET_MODE_FILTER), N(0), A(buffer)}},
    {SYS_prctl, {N(PR_SET_SECCOMP), N(SECCOMP_MODE_FILTER), A(buffer)}},
    {SYS_setrlimit, {N(RLIMIT_NOFILE), A(buffer)}},
    {SYS_prlimit64, {N(0), N(RLIMIT_NOFILE), A(buffer), A(buffer + 256)}},
};

const struct table number_rows = {rows, COUNT(rows)};
