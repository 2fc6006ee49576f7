/* Runs a command as if it had been started directly.
 *
 * DESIGN. Signals that a terminal sends go to the whole foreground group, so the command has them already; what somebody
 * sent to this process alone is passed on. All of them are blocked here and taken one by one, with SIGCHLD among them:
 * there is no handler, and nothing can come between looking and waiting. Processes that the command leaves behind
 * become our children (PR_SET_CHILD_SUBREAPER), so their end can be seen. */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file_limit.h"
#include "base/moment.h"
#include "interruption.h"

#define NANOSECONDS 1000000000L
#define HURRY 500000000u /* ns */

/* Meant for who gets them: faults and limits of its own, broken pipes, and what a shell does to all of a job. */
static const int own[] = {SIGABRT, SIGBUS,  SIGFPE,  SIGILL,  SIGSEGV, SIGSYS,  SIGTRAP,
                          SIGPIPE, SIGXCPU, SIGXFSZ, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU};
/* Who sends one of these once the command has ended does not want to wait for what it left. */
static const int hurrying[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};

struct state {
    struct outcome *outcome;
    sigset_t taken, before;
    sigset_t passed; /* of those taken: what is passed on */
    struct sigaction child_before;
    bool command_ended, all_ended;
    uint64_t next_look; /* CLOCK_MONOTONIC, ns */
};

static void take_signals(struct state *state)
{
    const struct sigaction usual = {.sa_handler = SIG_DFL};
    sigfillset(&state->taken);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        sigdelset(&state->taken, own[i]);
    state->passed = state->taken;
    sigdelset(&state->passed, SIGCHLD);
    sigaction(SIGCHLD, &usual, &state->child_before); /* ignored, it would take the exit statuses away */
    sigprocmask(SIG_BLOCK, &state->taken, &state->before);
}

static void give_signals_back(const struct state *state)
{
    sigaction(SIGCHLD, &state->child_before, NULL);
    sigprocmask(SIG_SETMASK, &state->before, NULL);
}

_Noreturn static void become_command(const struct launch *launch, const struct state *state, int report)
{
    give_signals_back(state);
    file_limit__give_back();
    launch->prepare(launch->context);
    execvp(launch->argv[0], launch->argv);
    int error = errno;
    _exit(write(report, &error, sizeof error) == sizeof error ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* Nothing comes through the pipe when exec succeeds: it closes it. */
static int exec_error(int pipe_end)
{
    int error = 0;
    ssize_t length;
    do
        length = read(pipe_end, &error, sizeof error);
    while (length < 0 && errno == EINTR);
    return length == sizeof error ? error : 0;
}

static int start(const struct launch *launch, struct state *state)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0)
        become_command(launch, state, ends[1]);
    close(ends[1]);
    if (pid > 0) {
        state->outcome->pid = pid;
        state->outcome->error = exec_error(ends[0]);
    }
    close(ends[0]);
    return pid > 0 ? 0 : -1;
}

/* What came while the command was ending was meant for it. */
static void drop_pending(const struct state *state)
{
    const struct timespec at_once = {.tv_sec = 0};
    while (sigtimedwait(&state->passed, NULL, &at_once) > 0)
        continue;
}

static void note_end(struct state *state, int status)
{
    struct outcome *outcome = state->outcome;
    state->command_ended = true;
    outcome->end = moment__now();
    outcome->by_signal = WIFSIGNALED(status);
    outcome->status = outcome->by_signal ? WTERMSIG(status) : WEXITSTATUS(status);
    drop_pending(state);
}

static void reap(struct state *state)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == state->outcome->pid)
            note_end(state, status);
    state->all_ended = pid < 0 && errno == ECHILD;
}

/* What the terminal sends, the kernel sends: the command has it, too. */
static void pass_on(const struct state *state, const siginfo_t *signal)
{
    if (signal->si_code != SI_KERNEL && !state->command_ended)
        kill(state->outcome->pid, signal->si_signo);
}

/* Waits for one signal, until that time at most (0: for ever): its number; SIGCHLD, too, where the time has passed. */
static int wait_until(struct state *state, uint64_t time)
{
    siginfo_t signal;
    uint64_t present = moment__now(), left = time > present ? time - present : 0;
    const struct timespec timeout = {.tv_sec = (time_t)(left / (uint64_t)NANOSECONDS),
                                     .tv_nsec = (long)(left % (uint64_t)NANOSECONDS)};
    int number = time != 0 ? sigtimedwait(&state->taken, &signal, &timeout) : sigwaitinfo(&state->taken, &signal);
    if (number > 0 && number != SIGCHLD)
        pass_on(state, &signal);
    return number > 0 ? number : SIGCHLD;
}

/* The same, and looks in between, if that is wanted. 0 when the deadline has passed. */
static int wait_for_signal(struct state *state, const struct launch *launch, uint64_t deadline)
{
    uint64_t time = moment__now(), until = deadline;
    if (deadline != 0 && deadline <= time)
        return 0;
    if (launch->look != NULL && state->outcome->error == 0) {
        if (state->next_look <= time) {
            uint64_t delay = launch->look(launch->context);
            state->next_look = moment__now() + delay;
        }
        until = deadline == 0 || state->next_look < deadline ? state->next_look : deadline;
    }
    return wait_until(state, until);
}

static void wait_for_command(struct state *state, const struct launch *launch)
{
    for (reap(state); !state->command_ended && !state->all_ended; reap(state))
        wait_for_signal(state, launch, 0);
}

static bool hurries(int number)
{
    for (size_t i = 0; i < sizeof hurrying / sizeof hurrying[0]; i++)
        if (hurrying[i] == number)
            return true;
    return false;
}

/* Once the command has ended, an interrupt ends the waiting only: those that have it, too, may end by it first. */
static void wait_for_others(struct state *state, const struct launch *launch)
{
    bool was_hurried = false;
    double grace = state->outcome->error == 0 ? launch->grace : 0;
    uint64_t deadline = moment__now() + (uint64_t)(grace * (double)NANOSECONDS) + 1;
    if (!state->all_ended && grace > 0)
        launch->wait();
    for (int number; !state->all_ended && (number = wait_for_signal(state, launch, deadline)) != 0; reap(state)) {
        if (!hurries(number))
            continue;
        uint64_t soon = was_hurried ? 1 : moment__now() + HURRY;
        deadline = soon < deadline ? soon : deadline;
        was_hurried = true;
    }
    state->outcome->others_left = !state->all_ended;
}

int launch__run(const struct launch *launch, struct outcome *outcome)
{
    *outcome = (struct outcome){.pid = 0};
    struct state state = {.outcome = outcome};
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    take_signals(&state);
    int result = start(launch, &state);
    if (result == 0) {
        wait_for_command(&state, launch);
        wait_for_others(&state, launch);
    }
    int error = errno;
    interruption__spare_one();
    give_signals_back(&state);
    errno = error;
    return result;
}
