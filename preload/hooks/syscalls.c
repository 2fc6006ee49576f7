/* syscall(2): the same descriptors by raw numbers.
 *
 * DESIGN. A table says of each number what it does to descriptors; everything else is forwarded with all six arguments
 * untouched. (A child that shares this stack cannot come out of syscall(2) with or without a hook around it: the C
 * library's own return address is overwritten by whatever it calls next.) */
#include <linux/bpf.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hook.h"
#include "life/life.h"
#include "process/process.h"
#include "shared.h"
#include "syscall_table.h"
#include "system/system.h"
#include "wake/wake.h"

struct asked {
    long number;
    long argument[6];
};

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

static bool forbids_clock(const struct asked *asked)
{
    return asked->number == SYS_prctl ? lw_forbids_clock(asked->argument[0], asked->argument[1])
                                      : asked->argument[0] == SECCOMP_SET_MODE_STRICT;
}

/* setrlimit(resource, new), prlimit64(pid, resource, new, old). */
static bool sets_limit(const struct asked *asked)
{
    const long *argument = &asked->argument[asked->number == SYS_prlimit64];
    return lw_limit_matters((int)argument[0], (const void *)argument[1]);
}

static void limit_set(const struct asked *asked, struct lw_call *call)
{
    const long *argument = asked->argument;
    if (asked->number == SYS_prlimit64)
        lw_limit_set(call, (pid_t)argument[0], (const void *)argument[2], (const void *)argument[3]);
    else
        lw_limit_set(call, 0, (const void *)argument[1], NULL);
}

static bool matters(const struct lw_syscall_row *row, const struct asked *asked)
{
    const long *argument = asked->argument;
    switch ((enum lw_effect)row->effect) {
    case LW_NOTHING:
        return false;
    case LW_CONTROLS:
        return lw_control_matters((int)argument[1]);
    case LW_REQUESTS:
        return lw_request_matters((unsigned long)argument[1]);
    case LW_SIGNALS:
        return (int)argument[0] < 0;
    case LW_DUPLICATES_OVER:
        return (int)argument[0] != (int)argument[1];
    case LW_COMMANDS_BPF:
        return command_makes_descriptor(argument[0]);
    case LW_GIVES_UP_CALLS:
        return gives_up_calls(asked) || forbids_clock(asked);
    case LW_SETS_LIMIT:
        return sets_limit(asked);
    default:
        return true;
    }
}

/* ---- Forks ---- */

/* Behind a success: the kernel has read the arguments and written the number. */
static void forked(const struct asked *asked, struct lw_call *call, long pid)
{
    if (pid < 0)
        return;
    const uint64_t *arguments = asked->number == LW_SYS_CLONE3 ? (const uint64_t *)asked->argument[0] : NULL;
    uint64_t flags = arguments ? arguments[0] : asked->number == SYS_clone ? (uint64_t)asked->argument[0] : 0;
    if (pid == 0 && !(flags & CLONE_VM))
        lw_fork_noticed();
    if (pid == 0)
        return;
    if (flags & (CLONE_VM | CLONE_PARENT))
        return;
    lw_acquired_handle(call, (const void *)pid, LW_CHILD, -1, NULL);
    if (flags & CLONE_PIDFD)
        lw_acquired_fd(call, *(const int *)(arguments ? (long)arguments[1] : asked->argument[2]), LW_FD_PIDFD,
                       &(struct lw_detail){.cloexec = true});
}

/* ---- Before the real call, and after it ---- */

static uint32_t flags_of(const struct lw_syscall_row *row, const struct asked *asked)
{
    return row->flags ? (uint32_t)asked->argument[row->flags - 1] : 0;
}

static const char *text_of(const struct lw_syscall_row *row, const struct asked *asked)
{
    return row->text ? (const char *)asked->argument[row->text - 1] : NULL;
}

/* Returns what `after` must know: what lw_strict was. */
static bool before(const struct lw_syscall_row *row, const struct asked *asked, struct lw_call *call)
{
    switch ((enum lw_effect)row->effect) {
    case LW_CLOSES:
        lw_releasing_fd(call, (int)asked->argument[0]);
        break;
    case LW_DUPLICATES_OVER:
        lw_replacing(call, (int)asked->argument[1]);
        break;
    case LW_EXECUTES:
        lw_executing(call->frame, text_of(row, asked));
        lw_end(LW_EXEC, 0);
        break;
    case LW_ENDS:
        lw_end(LW_QUICK_EXIT, (int)asked->argument[0]);
        break;
    case LW_GIVES_UP_CALLS:
        if (forbids_clock(asked))
            lw_clock_forbidden();
        return gives_up_calls(asked) && lw_become_strict();
    default:
        break;
    }
    return false;
}

static void opened(const struct lw_syscall_row *row, const struct asked *asked, struct lw_call *call, int fd)
{
    uint32_t flags = flags_of(row, asked);
    if (row->effect == LW_OPENS_AS_SAID && fd >= 0)
        flags = (uint32_t) * (const uint64_t *)asked->argument[2]; /* struct open_how begins with them */
    struct lw_detail detail = {
        .text = text_of(row, asked), .open_flags = flags, .cloexec = row->cloexec == LW_ALWAYS || flags & row->cloexec};
    if (row->effect == LW_OPENS_SOCKET) {
        detail.family = (uint16_t)asked->argument[0];
        detail.type = (uint16_t)(flags & ~(uint32_t)(SOCK_CLOEXEC | SOCK_NONBLOCK));
        detail.protocol = (uint16_t)asked->argument[2];
    } else if (row->effect == LW_ACCEPTS) {
        detail.flags = LW_CONNECTED;
        detail.has_partner = true;
        detail.partner = (int)asked->argument[0];
    }
    struct lw_beneath beneath;
    if (row->text == 2 && fd >= 0) /* behind its directory */
        lw_opened_beneath(&detail, &beneath, (int)asked->argument[0], detail.text);
    lw_acquired_fd(call, fd, row->kind, &detail);
}

static void paired(const struct lw_syscall_row *row, const struct asked *asked, struct lw_call *call, int result)
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

static void gave_up_calls(const struct lw_syscall_row *row, const struct asked *asked, struct lw_call *call,
                          long result, bool strict_before)
{
    bool wants_listener =
        asked->number == SYS_seccomp && flags_of(row, asked) & (uint32_t)SECCOMP_FILTER_FLAG_NEW_LISTENER;
    if (gives_up_calls(asked))
        lw_strict_tried(strict_before, result >= 0);
    if (wants_listener)
        opened(row, asked, call, (int)result);
}

/* Of calls that are about processes. */
static void after_of_process(const struct lw_syscall_row *row, const struct asked *asked, struct lw_call *call,
                             long result, bool noted)
{
    const long *argument = asked->argument;
    int number = (int)result;
    switch ((enum lw_effect)row->effect) {
    case LW_WAITS:
        lw_waited(call, (pid_t)argument[0], number, result > 0 && argument[1] ? *(const int *)argument[1] : 0,
                  (int)argument[2]);
        break;
    case LW_WAITS_FOR_ID:
        lw_waited_for_id(call, (int)argument[0], (int)argument[1], (const void *)argument[2], (int)argument[3], number);
        break;
    case LW_EXECUTES:
        lw_end_undone();
        break;
    case LW_GIVES_UP_CALLS:
        gave_up_calls(row, asked, call, result, noted);
        break;
    case LW_FORKS:
        forked(asked, call, result);
        break;
    case LW_SETS_LIMIT:
        if (result == 0)
            limit_set(asked, call);
        break;
    default:
        break;
    }
}

static void after(const struct lw_syscall_row *row, const struct asked *asked, struct lw_call *call, long result,
                  bool noted)
{
    const long *argument = asked->argument;
    int number = (int)result;
    switch ((enum lw_effect)row->effect) {
    case LW_OPENS:
    case LW_OPENS_AS_SAID:
    case LW_OPENS_SOCKET:
    case LW_ACCEPTS:
    case LW_SIGNALS:
    case LW_COMMANDS_BPF:
        opened(row, asked, call, number);
        break;
    case LW_PAIRS:
        paired(row, asked, call, number);
        break;
    case LW_DUPLICATES:
    case LW_DUPLICATES_OVER:
        lw_duplicated(call, (int)argument[0], number, flags_of(row, asked) & row->cloexec);
        break;
    case LW_CLOSES:
        lw_released(call, number);
        break;
    case LW_CLOSES_RANGE:
        if (result == 0)
            lw_range_closed(call, (unsigned)argument[0], (unsigned)argument[1], (int)argument[2]);
        break;
    case LW_CONTROLS:
        lw_controlled(call, (int)argument[0], (int)argument[1], argument[2], result);
        break;
    case LW_REQUESTS:
        lw_requested(call, (int)argument[0], (unsigned long)argument[1], (const void *)argument[2], result);
        break;
    case LW_RECEIVES:
        if (result >= 0)
            lw_received(call, (const struct msghdr *)argument[1], (int)argument[2]);
        break;
    case LW_RECEIVES_MANY:
        received_many(asked, call, result);
        break;
    default:
        after_of_process(row, asked, call, result, noted);
        break;
    }
}

/* ---- The hook ---- */

#define FORWARD(asked)                                                                                                 \
    LW_REAL(syscall)                                                                                                   \
    ((asked).number, (asked).argument[0], (asked).argument[1], (asked).argument[2], (asked).argument[3],               \
     (asked).argument[4], (asked).argument[5])

/* The sixth comes on the stack; whether it was given or not, reading it is harmless. */
LW_EXPORT long syscall(long number, ...)
{
    struct asked asked = {.number = number};
    va_list more;
    va_start(more, number);
    for (int i = 0; i < 6; i++)
        asked.argument[i] = va_arg(more, long);
    va_end(more);
    const struct lw_syscall_row *row = lw_syscall_row(number);
    struct lw_call call;
    lw_begin_if_on_roll();
    if (!matters(row, &asked) || !lw_enter(&call, LW_HOOK_syscall, LW_FRAME))
        return FORWARD(asked);
    bool noted = before(row, &asked, &call);
    long result = FORWARD(asked);
    after(row, &asked, &call, result, noted);
    return result;
}
