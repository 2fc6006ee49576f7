/* syscall(2): the same descriptors by raw numbers.
 *
 * DESIGN. A table says of each number what it does to descriptors; everything else is forwarded with all six arguments
 * untouched. The exported symbol is in syscall.S: a system call after which two processes run on this stack must leave
 * nothing of ours there, and goes on to the real function from there (lw_syscall_shares). */
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hook.h"
#include "life.h"
#include "roads.h"
#include "unwinder.h"

/* The processor passes the last one on the stack; whether it was given or not, reading it is harmless. */
struct asked {
    long number;
    long argument[6];
};

/* ---- The table ---- */

enum road {
    NOTHING,
    OPENS,         /* the result is a new descriptor */
    OPENS_AS_SAID, /* the same, flags standing in a structure (openat2) */
    OPENS_SOCKET,
    ACCEPTS,
    SIGNALS,      /* signalfd: new only without an old one */
    COMMANDS_BPF, /* some commands make a descriptor */
    PAIRS,
    DUPLICATES,
    DUPLICATES_OVER,
    CLOSES,
    CLOSES_RANGE,
    CONTROLS, /* fcntl */
    REQUESTS, /* ioctl */
    RECEIVES,
    RECEIVES_MANY,
    WAITS,
    WAITS_FOR_ID,
    FORKS,
    EXECUTES,
    ENDS,
    GIVES_UP_CALLS /* seccomp */
};

#define ALWAYS 0xffffffffu /* close-on-exec without being asked */

struct row {
    uint8_t road, kind;
    uint8_t text, flags; /* which argument, counted from 1; 0: none */
    uint32_t cloexec;    /* the bit of flags that asks for close-on-exec */
};

/* Numbers that the headers of the oldest supported system do not have; they are the same on every machine. */
enum {
    NUMBER_OPEN_TREE = 428,
    NUMBER_FSOPEN = 430,
    NUMBER_FSMOUNT = 432,
    NUMBER_FSPICK = 433,
    NUMBER_PIDFD_OPEN = 434,
    NUMBER_CLONE3 = 435,
    NUMBER_CLOSE_RANGE = 436,
    NUMBER_OPENAT2 = 437,
    NUMBER_PIDFD_GETFD = 438,
    NUMBER_LANDLOCK_CREATE_RULESET = 444,
    NUMBER_MEMFD_SECRET = 447,
    NUMBER_OPEN_TREE_ATTR = 467
};

static const struct row rows[] = {
#ifdef SYS_open
    [SYS_open] = {OPENS, LW_FD_FILE, 1, 2, O_CLOEXEC},
    [SYS_creat] = {OPENS, LW_FD_FILE, 1, 0, 0},
    [SYS_eventfd] = {OPENS, LW_FD_EVENTFD, 0, 0, 0},
    [SYS_signalfd] = {SIGNALS, LW_FD_SIGNALFD, 0, 0, 0},
    [SYS_epoll_create] = {OPENS, LW_FD_EPOLL, 0, 0, 0},
    [SYS_inotify_init] = {OPENS, LW_FD_INOTIFY, 0, 0, 0},
    [SYS_pipe] = {PAIRS, LW_FD_PIPE, 0, 0, 0},
    [SYS_dup2] = {DUPLICATES_OVER, 0, 0, 0, 0},
    [SYS_fork] = {FORKS, 0, 0, 0, 0},
#endif
    [SYS_openat] = {OPENS, LW_FD_FILE, 2, 3, O_CLOEXEC},
    [NUMBER_OPENAT2] = {OPENS_AS_SAID, LW_FD_FILE, 2, 3, O_CLOEXEC},
    [SYS_open_by_handle_at] = {OPENS, LW_FD_FILE, 0, 3, O_CLOEXEC},
    [SYS_mq_open] = {OPENS, LW_FD_MQ, 1, 2, ALWAYS},
    [SYS_memfd_create] = {OPENS, LW_FD_MEMFD, 1, 2, 1},
    [NUMBER_MEMFD_SECRET] = {OPENS, LW_FD_MEMFD, 0, 1, O_CLOEXEC},
    [NUMBER_OPEN_TREE] = {OPENS, LW_FD_FSAPI, 2, 3, O_CLOEXEC},
    [NUMBER_OPEN_TREE_ATTR] = {OPENS, LW_FD_FSAPI, 2, 3, O_CLOEXEC},
    [NUMBER_FSOPEN] = {OPENS, LW_FD_FSAPI, 1, 2, 1},
    [NUMBER_FSMOUNT] = {OPENS, LW_FD_FSAPI, 0, 2, 1},
    [NUMBER_FSPICK] = {OPENS, LW_FD_FSAPI, 2, 3, 1},
    [SYS_eventfd2] = {OPENS, LW_FD_EVENTFD, 0, 2, O_CLOEXEC},
    [SYS_signalfd4] = {SIGNALS, LW_FD_SIGNALFD, 0, 4, O_CLOEXEC},
    [SYS_timerfd_create] = {OPENS, LW_FD_TIMERFD, 0, 2, O_CLOEXEC},
    [SYS_epoll_create1] = {OPENS, LW_FD_EPOLL, 0, 1, O_CLOEXEC},
    [SYS_inotify_init1] = {OPENS, LW_FD_INOTIFY, 0, 1, O_CLOEXEC},
    [SYS_fanotify_init] = {OPENS, LW_FD_FANOTIFY, 0, 1, 1},
    [SYS_perf_event_open] = {OPENS, LW_FD_PERF, 0, 5, 8},
    [SYS_bpf] = {COMMANDS_BPF, LW_FD_BPF, 0, 0, ALWAYS},
    [SYS_userfaultfd] = {OPENS, LW_FD_USERFAULTFD, 0, 1, O_CLOEXEC},
    [SYS_io_uring_setup] = {OPENS, LW_FD_IO_URING, 0, 0, ALWAYS},
    [NUMBER_LANDLOCK_CREATE_RULESET] = {OPENS, LW_FD_LANDLOCK, 0, 0, ALWAYS},
    [NUMBER_PIDFD_OPEN] = {OPENS, LW_FD_PIDFD, 0, 2, ALWAYS},
    [NUMBER_PIDFD_GETFD] = {OPENS, LW_FD_OTHER, 0, 0, ALWAYS},
    [SYS_socket] = {OPENS_SOCKET, LW_FD_SOCKET, 0, 2, SOCK_CLOEXEC},
    [SYS_accept] = {ACCEPTS, LW_FD_SOCKET, 0, 0, 0},
    [SYS_accept4] = {ACCEPTS, LW_FD_SOCKET, 0, 4, SOCK_CLOEXEC},
    [SYS_socketpair] = {PAIRS, LW_FD_SOCKETPAIR, 0, 2, SOCK_CLOEXEC},
    [SYS_pipe2] = {PAIRS, LW_FD_PIPE, 0, 2, O_CLOEXEC},
    [SYS_dup] = {DUPLICATES, 0, 0, 0, 0},
    [SYS_dup3] = {DUPLICATES_OVER, 0, 0, 3, O_CLOEXEC},
    [SYS_fcntl] = {CONTROLS, 0, 0, 0, 0},
    [SYS_ioctl] = {REQUESTS, 0, 0, 0, 0},
    [SYS_close] = {CLOSES, 0, 0, 0, 0},
    [NUMBER_CLOSE_RANGE] = {CLOSES_RANGE, 0, 0, 0, 0},
    [SYS_recvmsg] = {RECEIVES, 0, 0, 3, 0},
    [SYS_recvmmsg] = {RECEIVES_MANY, 0, 0, 4, 0},
    [SYS_wait4] = {WAITS, 0, 0, 0, 0},
    [SYS_waitid] = {WAITS_FOR_ID, 0, 0, 0, 0},
    [SYS_clone] = {FORKS, 0, 0, 0, 0},
    [NUMBER_CLONE3] = {FORKS, 0, 0, 0, 0},
    [SYS_execve] = {EXECUTES, 0, 1, 0, 0},
    [SYS_execveat] = {EXECUTES, 0, 2, 0, 0},
    [SYS_exit_group] = {ENDS, 0, 0, 0, 0},
    [SYS_seccomp] = {GIVES_UP_CALLS, LW_FD_SECCOMP, 0, 2, ALWAYS},
    [SYS_prctl] = {GIVES_UP_CALLS, 0, 0, 0, 0},
};

static const struct row *row_of(long number)
{
    static const struct row nothing;
    return number >= 0 && (size_t)number < sizeof rows / sizeof rows[0] ? &rows[number] : &nothing;
}

/* ---- Is it worth looking at? ---- */

/* The commands that the headers of the oldest supported system do not have are given by number. */
#define COMMAND(number) (1ULL << (number))
#define MAKING                                                                                                         \
    (COMMAND(BPF_MAP_CREATE) | COMMAND(BPF_PROG_LOAD) | COMMAND(BPF_OBJ_GET) | COMMAND(BPF_PROG_GET_FD_BY_ID) |        \
     COMMAND(BPF_MAP_GET_FD_BY_ID) | COMMAND(BPF_RAW_TRACEPOINT_OPEN) | COMMAND(BPF_BTF_LOAD) |                        \
     COMMAND(BPF_BTF_GET_FD_BY_ID) | COMMAND(28) | COMMAND(30) | COMMAND(32) | COMMAND(33) | COMMAND(36))
/*                                   link create   link by id    statistics    iterator      token */

static bool command_makes_descriptor(long command)
{
    return command >= 0 && command < 64 && MAKING >> command & 1;
}

static bool gives_up_calls(const struct asked *asked)
{
    return asked->number == SYS_prctl
               ? asked->argument[0] == PR_SET_SECCOMP
               : asked->argument[0] == SECCOMP_SET_MODE_STRICT || asked->argument[0] == SECCOMP_SET_MODE_FILTER;
}

static bool matters(const struct row *row, const struct asked *asked)
{
    const long *argument = asked->argument;
    switch ((enum road)row->road) {
    case NOTHING:
        return false;
    case CONTROLS:
        return lw_control_matters((int)argument[1]);
    case REQUESTS:
        return lw_request_matters((unsigned long)argument[1]);
    case SIGNALS:
        return (int)argument[0] < 0;
    case DUPLICATES_OVER:
        return (int)argument[0] != (int)argument[1];
    case COMMANDS_BPF:
        return command_makes_descriptor(argument[0]);
    case GIVES_UP_CALLS:
        return gives_up_calls(asked);
    default:
        return true;
    }
}

/* ---- Before the real call, and after it ---- */

static uint32_t flags_of(const struct row *row, const struct asked *asked)
{
    return row->flags ? (uint32_t)asked->argument[row->flags - 1] : 0;
}

static const char *text_of(const struct row *row, const struct asked *asked)
{
    return row->text ? (const char *)asked->argument[row->text - 1] : NULL;
}

/* Returns what `after` must know: what lw_strict was. */
static bool before(const struct row *row, const struct asked *asked, struct lw_call *call)
{
    switch ((enum road)row->road) {
    case CLOSES:
        lw_releasing_fd(call, (int)asked->argument[0]);
        break;
    case DUPLICATES_OVER:
        lw_replacing(call, (int)asked->argument[1]);
        break;
    case FORKS:
        lw_before_fork();
        break;
    case EXECUTES:
        lw_executing(call->frame, text_of(row, asked));
        lw_end(LW_EXEC, 0);
        break;
    case ENDS:
        lw_end(LW_QUICK_EXIT, (int)asked->argument[0]);
        break;
    case GIVES_UP_CALLS:
        return lw_become_strict(call->frame);
    default:
        break;
    }
    return false;
}

static void opened(const struct row *row, const struct asked *asked, struct lw_call *call, int fd)
{
    uint32_t flags = flags_of(row, asked);
    if (row->road == OPENS_AS_SAID && fd >= 0)
        flags = (uint32_t) * (const uint64_t *)asked->argument[2]; /* struct open_how begins with them */
    struct lw_detail detail = {
        .text = text_of(row, asked), .open_flags = flags, .cloexec = row->cloexec == ALWAYS || flags & row->cloexec};
    if (row->road == OPENS_SOCKET) {
        detail.family = (uint16_t)asked->argument[0];
        detail.type = (uint16_t)(flags & ~(uint32_t)(SOCK_CLOEXEC | SOCK_NONBLOCK));
        detail.protocol = (uint16_t)asked->argument[2];
    } else if (row->road == ACCEPTS) {
        detail.flags = LW_CONNECTED;
        detail.has_partner = true;
        detail.partner = (int)asked->argument[0];
    }
    lw_acquired_fd(call, fd, row->kind, &detail);
}

static void paired(const struct row *row, const struct asked *asked, struct lw_call *call, int result)
{
    uint32_t flags = flags_of(row, asked);
    bool sockets = row->kind == LW_FD_SOCKETPAIR;
    lw_acquired_pair(call, result, (const int *)asked->argument[sockets ? 3 : 0], row->kind,
                     &(struct lw_detail){.open_flags = flags, .cloexec = flags & row->cloexec});
}

static void received_many(const struct asked *asked, struct lw_call *call, long result)
{
    const struct mmsghdr *messages = (const struct mmsghdr *)asked->argument[1];
    for (long i = 0; i < result; i++)
        lw_received(call, &messages[i].msg_hdr, (int)asked->argument[3]);
}

static void gave_up_calls(const struct row *row, const struct asked *asked, struct lw_call *call, long result,
                          bool strict_before)
{
    bool wants_listener =
        asked->number == SYS_seccomp && flags_of(row, asked) & (uint32_t)SECCOMP_FILTER_FLAG_NEW_LISTENER;
    if (result < 0)
        lw_strict = strict_before;
    if (wants_listener)
        opened(row, asked, call, (int)result);
}

static void after(const struct row *row, const struct asked *asked, struct lw_call *call, long result, bool noted)
{
    const long *argument = asked->argument;
    int number = (int)result;
    switch ((enum road)row->road) {
    case OPENS:
    case OPENS_AS_SAID:
    case OPENS_SOCKET:
    case ACCEPTS:
    case SIGNALS:
    case COMMANDS_BPF:
        opened(row, asked, call, number);
        break;
    case PAIRS:
        paired(row, asked, call, number);
        break;
    case DUPLICATES:
    case DUPLICATES_OVER:
        lw_duplicated(call, (int)argument[0], number, flags_of(row, asked) & row->cloexec);
        break;
    case CLOSES:
        lw_released(call, number);
        break;
    case CLOSES_RANGE:
        if (result == 0)
            lw_range_closed(call, (unsigned)argument[0], (unsigned)argument[1], (int)argument[2]);
        break;
    case CONTROLS:
        lw_controlled(call, (int)argument[0], (int)argument[1], argument[2], result);
        break;
    case REQUESTS:
        lw_requested(call, (int)argument[0], (unsigned long)argument[1], (const void *)argument[2], result);
        break;
    case RECEIVES:
        if (result >= 0)
            lw_received(call, (const struct msghdr *)argument[1], (int)argument[2]);
        break;
    case RECEIVES_MANY:
        received_many(asked, call, result);
        break;
    case WAITS:
        lw_waited(call, (pid_t)argument[0], number, result > 0 && argument[1] ? *(const int *)argument[1] : 0);
        break;
    case WAITS_FOR_ID:
        lw_waited_for_id(call, (int)argument[0], (int)argument[1], (const void *)argument[2], (int)argument[3], number);
        break;
    case EXECUTES:
        lw_end_undone();
        break;
    case GIVES_UP_CALLS:
        gave_up_calls(row, asked, call, result, noted);
        break;
    case NOTHING:
    case FORKS:
    case ENDS:
        break;
    }
}

/* ---- The hook ---- */

#define FORWARD(asked)                                                                                                 \
    LW_REAL(syscall)                                                                                                   \
    ((asked).number, (asked).argument[0], (asked).argument[1], (asked).argument[2], (asked).argument[3],               \
     (asked).argument[4], (asked).argument[5])

__attribute__((visibility("hidden"))) long lw_syscall(long number, long a, long b, long c, long d, long e, long f)
{
    if (number == SYS_write && lw_walking_here()) /* libunwind's road to write */
        return lw_unwinder_write((const void *)b);
    struct asked asked = {number, {a, b, c, d, e, f}};
    const struct row *row = row_of(number);
    struct lw_call call;
    if (!matters(row, &asked) || !lw_enter(&call, LW_HOOK_syscall, LW_FRAME))
        return FORWARD(asked);
    bool noted = before(row, &asked, &call);
    long result = FORWARD(asked);
    after(row, &asked, &call, result, noted);
    return result;
}

/* For syscall.S: will two processes run on this stack? If so, the real function, to be jumped to. */
__attribute__((visibility("hidden"))) void *lw_syscall_shares(long number, long a, long b)
{
    uint64_t flags = number == SYS_clone ? (uint64_t)a : CLONE_VM | CLONE_VFORK; /* of what is left: vfork */
    if (number == NUMBER_CLONE3)
        flags = a && (size_t)b >= sizeof flags ? *(const uint64_t *)a : 0; /* struct clone_args begins with them */
    if (!(flags & CLONE_VM))
        return NULL;
    if (!(flags & CLONE_THREAD) && __atomic_load_n(&lw_phase, __ATOMIC_ACQUIRE) >= LW_PHASE_READY) {
        lw_thread.vforked = 1;
        lw_sharing |= !(flags & CLONE_VFORK);
    }
    return lw_real(LW_HOOK_syscall);
}
