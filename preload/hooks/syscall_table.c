/* What syscall(2) does to descriptors: the table. */
#include "syscall_table.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "leakwatch/ledger.h"
#include "system/system.h"

static const struct lw_syscall_row rows[] = {
#ifdef SYS_open
    [SYS_open] = {LW_OPENS, LW_FD_FILE, 1, 2, O_CLOEXEC},
    [SYS_creat] = {LW_OPENS, LW_FD_FILE, 1, 0, 0},
    [SYS_eventfd] = {LW_OPENS, LW_FD_EVENTFD, 0, 0, 0},
    [SYS_signalfd] = {LW_SIGNALS, LW_FD_SIGNALFD, 0, 0, 0},
    [SYS_epoll_create] = {LW_OPENS, LW_FD_EPOLL, 0, 0, 0},
    [SYS_inotify_init] = {LW_OPENS, LW_FD_INOTIFY, 0, 0, 0},
    [SYS_pipe] = {LW_PAIRS, LW_FD_PIPE, 0, 0, 0},
    [SYS_dup2] = {LW_DUPLICATES_OVER, 0, 0, 0, 0},
    [SYS_fork] = {LW_FORKS, 0, 0, 0, 0},
#endif
    [SYS_openat] = {LW_OPENS, LW_FD_FILE, 2, 3, O_CLOEXEC},
    [LW_SYS_OPENAT2] = {LW_OPENS_AS_SAID, LW_FD_FILE, 2, 3, O_CLOEXEC},
    [SYS_open_by_handle_at] = {LW_OPENS, LW_FD_FILE, 0, 3, O_CLOEXEC},
    [SYS_mq_open] = {LW_OPENS, LW_FD_MQ, 1, 2, LW_ALWAYS},
    [SYS_memfd_create] = {LW_OPENS, LW_FD_MEMFD, 1, 2, 1},
    [LW_SYS_MEMFD_SECRET] = {LW_OPENS, LW_FD_MEMFD, 0, 1, O_CLOEXEC},
    [LW_SYS_OPEN_TREE] = {LW_OPENS, LW_FD_FSAPI, 2, 3, O_CLOEXEC},
    [LW_SYS_OPEN_TREE_ATTR] = {LW_OPENS, LW_FD_FSAPI, 2, 3, O_CLOEXEC},
    [LW_SYS_FSOPEN] = {LW_OPENS, LW_FD_FSAPI, 1, 2, 1},
    [LW_SYS_FSMOUNT] = {LW_OPENS, LW_FD_FSAPI, 0, 2, 1},
    [LW_SYS_FSPICK] = {LW_OPENS, LW_FD_FSAPI, 2, 3, 1},
    [SYS_eventfd2] = {LW_OPENS, LW_FD_EVENTFD, 0, 2, O_CLOEXEC},
    [SYS_signalfd4] = {LW_SIGNALS, LW_FD_SIGNALFD, 0, 4, O_CLOEXEC},
    [SYS_timerfd_create] = {LW_OPENS, LW_FD_TIMERFD, 0, 2, O_CLOEXEC},
    [SYS_epoll_create1] = {LW_OPENS, LW_FD_EPOLL, 0, 1, O_CLOEXEC},
    [SYS_inotify_init1] = {LW_OPENS, LW_FD_INOTIFY, 0, 1, O_CLOEXEC},
    [SYS_fanotify_init] = {LW_OPENS, LW_FD_FANOTIFY, 0, 1, 1},
    [SYS_perf_event_open] = {LW_OPENS, LW_FD_PERF, 0, 5, 8},
    [SYS_bpf] = {LW_COMMANDS_BPF, LW_FD_BPF, 0, 0, LW_ALWAYS},
    [SYS_userfaultfd] = {LW_OPENS, LW_FD_USERFAULTFD, 0, 1, O_CLOEXEC},
    [SYS_io_uring_setup] = {LW_OPENS, LW_FD_IO_URING, 0, 0, LW_ALWAYS},
    [LW_SYS_LANDLOCK_CREATE_RULESET] = {LW_OPENS, LW_FD_LANDLOCK, 0, 0, LW_ALWAYS},
    [LW_SYS_PIDFD_OPEN] = {LW_OPENS, LW_FD_PIDFD, 0, 2, LW_ALWAYS},
    [LW_SYS_PIDFD_GETFD] = {LW_OPENS, LW_FD_OTHER, 0, 0, LW_ALWAYS},
    [SYS_socket] = {LW_OPENS_SOCKET, LW_FD_SOCKET, 0, 2, SOCK_CLOEXEC},
    [SYS_accept] = {LW_ACCEPTS, LW_FD_SOCKET, 0, 0, 0},
    [SYS_accept4] = {LW_ACCEPTS, LW_FD_SOCKET, 0, 4, SOCK_CLOEXEC},
    [SYS_socketpair] = {LW_PAIRS, LW_FD_SOCKETPAIR, 0, 2, SOCK_CLOEXEC},
    [SYS_pipe2] = {LW_PAIRS, LW_FD_PIPE, 0, 2, O_CLOEXEC},
    [SYS_dup] = {LW_DUPLICATES, 0, 0, 0, 0},
    [SYS_dup3] = {LW_DUPLICATES_OVER, 0, 0, 3, O_CLOEXEC},
    [SYS_fcntl] = {LW_CONTROLS, 0, 0, 0, 0},
    [SYS_ioctl] = {LW_REQUESTS, 0, 0, 0, 0},
    [SYS_close] = {LW_CLOSES, 0, 0, 0, 0},
    [LW_SYS_CLOSE_RANGE] = {LW_CLOSES_RANGE, 0, 0, 0, 0},
    [SYS_recvmsg] = {LW_RECEIVES, 0, 0, 3, 0},
    [SYS_recvmmsg] = {LW_RECEIVES_MANY, 0, 0, 4, 0},
    [SYS_wait4] = {LW_WAITS, 0, 0, 0, 0},
    [SYS_waitid] = {LW_WAITS_FOR_ID, 0, 0, 0, 0},
    [SYS_clone] = {LW_FORKS, 0, 0, 0, 0},
    [LW_SYS_CLONE3] = {LW_FORKS, 0, 0, 0, 0},
    [SYS_execve] = {LW_EXECUTES, 0, 1, 0, 0},
    [SYS_execveat] = {LW_EXECUTES, 0, 2, 0, 0},
    [SYS_exit_group] = {LW_ENDS, 0, 0, 0, 0},
    [SYS_seccomp] = {LW_GIVES_UP_CALLS, LW_FD_SECCOMP, 0, 2, LW_ALWAYS},
    [SYS_prctl] = {LW_GIVES_UP_CALLS, 0, 0, 0, 0},
    [SYS_setrlimit] = {LW_SETS_LIMIT, 0, 0, 0, 0},
    [SYS_prlimit64] = {LW_SETS_LIMIT, 0, 0, 0, 0},
};

const struct lw_syscall_row *lw_syscall_row(long number)
{
    static const struct lw_syscall_row nothing;
    return number >= 0 && (size_t)number < sizeof rows / sizeof rows[0] ? &rows[number] : &nothing;
}
