/* A handler that may interrupt itself, and a timer that is faster than the walk of a stack: it rings while the handler's
 * first call is looked at. Each handler then stands on the one before, where every stack is new: if each new stack were
 * walked, the next handler would always come before the walk of the one before it was used, without end.
 *
 * The timer is a process that traces this one, and sends the signal as soon as all signals are blocked for a walk: one of
 * microseconds would ring on a slow machine before anything could be done at all.
 *
 * expect: fd-leak count=1 call=open function=forget type=file
 */
#include "program.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

enum { HANDLERS = 200, TOO_DEEP = 60 };

/* What the program says to its timer. They never arrive. */
#define RING SIGUSR1
#define STOP SIGUSR2

static volatile sig_atomic_t depth, deepest, handlers;

static void on_tick(int number)
{
    (void)number;
    int saved = errno;
    depth++;
    handlers++;
    if (depth > deepest)
        deepest = depth;
    if (depth > TOO_DEEP) /* it would go on until the stack is full */
        _exit(97);
    must(raise(RING), "raise");
    int fd = open("signal.txt", O_RDONLY);
    must(raise(STOP), "raise");
    if (fd < 0 || close(fd) != 0)
        _exit(96);
    depth--;
    errno = saved;
}

static int forget(void)
{
    return must(open("signal.txt", O_RDONLY), "open");
}

/* Interrupted further and further down, where no stack is known yet. */
static int descend(int levels)
{
    volatile char frame[256];
    frame[0] = (char)levels;
    must(raise(SIGALRM), "raise");
    return levels > 0 ? descend(levels - 1) + frame[0] : 0;
}

static int traced(void)
{
    must((int)ptrace(PTRACE_TRACEME, 0, NULL, NULL), "ptrace");
    must(raise(SIGSTOP), "raise");
    struct sigaction on_alarm = {.sa_handler = on_tick, .sa_flags = SA_RESTART | SA_NODEFER};
    must(sigaction(SIGALRM, &on_alarm, NULL), "sigaction");
    descend(HANDLERS);
    forget();
    puts(handlers >= HANDLERS ? "still here" : "no handler ran");
    return 0;
}

/* Is it about to block the signal? */
static bool blocks(pid_t child, int number)
{
    struct __ptrace_syscall_info call;
    must((int)ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof call, &call), "ptrace");
    if (call.op != PTRACE_SYSCALL_INFO_ENTRY || call.entry.nr != SYS_rt_sigprocmask ||
        call.entry.args[0] == SIG_UNBLOCK || call.entry.args[1] == 0)
        return false;
    long set = ptrace(PTRACE_PEEKDATA, child, call.entry.args[1], NULL);
    return set >> (number - 1) & 1;
}

/* Gives the child's exit status. */
static int be_timer(pid_t child)
{
    enum { SYSTEM_CALL = SIGTRAP | 0x80 };
    bool is_set = false;
    for (int status;;) {
        must(waitpid(child, &status, 0), "waitpid");
        if (!WIFSTOPPED(status))
            return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        int number = WSTOPSIG(status), passed_on = 0;
        if (number == RING || number == STOP)
            is_set = number == RING;
        else if (number != SYSTEM_CALL)
            passed_on = number;
        else if (is_set && blocks(child, SIGALRM)) {
            must(kill(child, SIGALRM), "kill"); /* by one shot, so that only a handler that is slow is interrupted */
            is_set = false;
        }
        must((int)ptrace(is_set ? PTRACE_SYSCALL : PTRACE_CONT, child, NULL, (void *)(intptr_t)passed_on), "ptrace");
    }
}

int main(void)
{
    must(close(creat("signal.txt", 0600)), "creat");
    pid_t child = must(fork(), "fork");
    if (child == 0)
        return traced();
    must(waitpid(child, NULL, WUNTRACED), "waitpid");
    must((int)ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL), "ptrace");
    must((int)ptrace(PTRACE_CONT, child, NULL, NULL), "ptrace");
    return be_timer(child);
}
