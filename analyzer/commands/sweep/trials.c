/* Runs a command many times, each with a failure of its own.
 *
 * DESIGN. Each trial is a process group, so that a limit or an interrupt ends all that it started; what has left the group
 * becomes our child when its parent has gone (PR_SET_CHILD_SUBREAPER), and is known by the trial's directory in its
 * environment. Signals are blocked and
 * waited for, with the next deadline as the timeout: no handler, no race. A trial's input is empty; what it prints is
 * dropped, because many of them print at once. */
#include "trials.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/file_limit.h"
#include "base/heap.h"
#include "base/moment.h"
#include "run/environment.h"

#define NANOSECONDS 1e9

static const int interrupts[] = {SIGINT, SIGTERM, SIGHUP};

struct state {
    struct trials *trials;
    sigset_t taken, before;
    size_t next, running, ended;
};

static double now(void)
{
    return (double)moment__now() / NANOSECONDS;
}

/* ---- One trial --------------------------------------------------------------------------------------------------- */

static void redirect(int number, const char *path, int flags)
{
    int fd = open(path, flags);
    if (fd >= 0 && fd != number) {
        dup2(fd, number);
        close(fd);
    }
}

static void add_rule(const char *rule)
{
    const char *options = getenv("LEAKWATCH_OPTIONS");
    char *both = heap__printed("%s%s%s", options ? options : "", options && options[0] != '\0' ? ":" : "", rule);
    if (setenv("LEAKWATCH_OPTIONS", both, 1) != 0)
        heap__ran_out();
    free(both);
}

_Noreturn static void become_command(const struct state *state, const struct trial *trial)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    redirect(STDIN_FILENO, "/dev/null", O_RDONLY);
    if (!state->trials->shows_output) {
        redirect(STDOUT_FILENO, "/dev/null", O_WRONLY);
        redirect(STDERR_FILENO, "/dev/null", O_WRONLY);
    }
    if (trial->rule != NULL)
        add_rule(trial->rule);
    environment__prepare(trial->directory.library, &trial->directory);
    sigprocmask(SIG_SETMASK, &state->before, NULL);
    file_limit__give_back();
    execvp(state->trials->argv[0], state->trials->argv);
    _exit(127);
}

static void clear(struct trial *trial)
{
    run_directory__close(&trial->directory);
}

static int start(struct state *state)
{
    struct trial *trial = &state->trials->trials[state->next];
    if (run_directory__open(&trial->directory, NULL) != 0) {
        clear(trial);
        return -1;
    }
    fflush(NULL);
    trial->start = now();
    trial->pid = fork();
    if (trial->pid == 0)
        become_command(state, trial);
    if (trial->pid < 0) {
        trial->pid = 0;
        complain("no process can be started: %s", strerror(errno));
        clear(trial);
        return -1;
    }
    setpgid(trial->pid, trial->pid);
    state->next++;
    state->running++;
    return 0;
}

static bool is_running(const struct trial *trial)
{
    return trial->pid > 0 && trial->seconds == 0;
}

/* Has this process the trial's directory in its environment? */
static bool is_of_trial(long pid, const struct trial *trial)
{
    char path[64], *environment = NULL;
    size_t room = 0;
    snprintf(path, sizeof path, "/proc/%ld/environ", pid);
    FILE *file = fopen(path, "re");
    bool found = false;
    while (file != NULL && !found && getdelim(&environment, &room, '\0', file) > 0)
        found = strstr(environment, trial->directory.path) != NULL;
    free(environment);
    if (file != NULL)
        fclose(file);
    return found;
}

/* Ends those of our children that the trial has left behind, but for its first process: how many. */
static size_t end_orphans(const struct trial *trial)
{
    FILE *file = fopen("/proc/thread-self/children", "re");
    size_t count = 0;
    long pid;
    while (file != NULL && fscanf(file, "%ld", &pid) == 1)
        if (pid != trial->pid && is_of_trial(pid, trial) && kill((pid_t)pid, SIGKILL) == 0) {
            waitpid((pid_t)pid, NULL, 0);
            count++;
        }
    if (file != NULL)
        fclose(file);
    return count;
}

/* Whatever it has started ends with it. */
static void end_family(const struct trial *trial)
{
    kill(-trial->pid, SIGKILL);
    while (end_orphans(trial) > 0)
        ;
}

static bool has_ended(const struct trial *trial, siginfo_t *end)
{
    *end = (siginfo_t){.si_pid = 0};
    return waitid(P_PID, (id_t)trial->pid, end, WEXITED | WNOHANG | WNOWAIT) == 0 && end->si_pid == trial->pid;
}

/* Whatever it has started ends with it, but not before it was judged: what a failure has ended is to be told from what
 * is ended here. Until its leader is waited for, the group's number is nobody else's. */
static void finish(struct state *state, struct trial *trial, const siginfo_t *end)
{
    trial->seconds = now() - trial->start;
    trial->by_signal = end->si_code != CLD_EXITED;
    trial->status = end->si_status;
    state->running--;
    state->ended++;
    state->trials->ended(state->trials->context, trial);
    end_family(trial);
    waitpid(trial->pid, NULL, 0);
    clear(trial);
}

/* ---- All of them ------------------------------------------------------------------------------------------------- */

static void show_progress(const struct state *state)
{
    enum { WIDTH = 40 };
    char bar[WIDTH + 1];
    if (!state->trials->shows_progress)
        return;
    size_t filled = state->trials->count > 0 ? state->ended * WIDTH / state->trials->count : WIDTH;
    memset(bar, '.', WIDTH);
    memset(bar, '#', filled);
    bar[WIDTH] = '\0';
    fprintf(stderr, "\r[%s] %zu of %zu%s", bar, state->ended, state->trials->count,
            state->ended == state->trials->count ? "\n" : "");
}

static void reap(struct state *state)
{
    for (size_t i = 0; i < state->next; i++) {
        struct trial *trial = &state->trials->trials[i];
        siginfo_t end;
        if (is_running(trial) && has_ended(trial, &end)) {
            finish(state, trial, &end);
            show_progress(state);
        }
    }
}

static void end_late_ones(struct state *state)
{
    for (size_t i = 0; i < state->next; i++) {
        struct trial *trial = &state->trials->trials[i];
        if (is_running(trial) && !trial->timed_out && now() - trial->start >= state->trials->time_limit) {
            trial->timed_out = true;
            kill(-trial->pid, SIGKILL);
        }
    }
}

static struct timespec next_deadline(const struct state *state)
{
    double least = 1;
    for (size_t i = 0; i < state->next; i++) {
        const struct trial *trial = &state->trials->trials[i];
        double left = trial->start + state->trials->time_limit - now();
        if (is_running(trial) && left < least)
            least = left > 0.001 ? left : 0.001;
    }
    return (struct timespec){.tv_sec = (time_t)least, .tv_nsec = (long)((least - (double)(time_t)least) * NANOSECONDS)};
}

static void end_all(struct state *state)
{
    for (size_t i = 0; i < state->next; i++) {
        struct trial *trial = &state->trials->trials[i];
        if (!is_running(trial))
            continue;
        kill(-trial->pid, SIGKILL);
        waitpid(trial->pid, NULL, 0);
        end_family(trial);
        trial->pid = 0;
        clear(trial);
    }
}

/* 0 when all have ended, or an interrupting signal. */
static int run_all(struct state *state)
{
    while (state->ended < state->trials->count) {
        while (state->running < state->trials->jobs && state->next < state->trials->count)
            if (start(state) != 0)
                return -1;
        struct timespec timeout = next_deadline(state);
        int number = sigtimedwait(&state->taken, NULL, &timeout);
        if (number > 0 && number != SIGCHLD)
            return number;
        end_late_ones(state);
        reap(state);
    }
    return 0;
}

int trials__run(struct trials *trials)
{
    struct state state = {.trials = trials};
    sigemptyset(&state.taken);
    sigaddset(&state.taken, SIGCHLD);
    for (size_t i = 0; i < sizeof interrupts / sizeof interrupts[0]; i++)
        sigaddset(&state.taken, interrupts[i]);
    sigprocmask(SIG_BLOCK, &state.taken, &state.before);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    show_progress(&state);
    int result = run_all(&state);
    if (result != 0)
        end_all(&state);
    sigprocmask(SIG_SETMASK, &state.before, NULL);
    return result;
}
