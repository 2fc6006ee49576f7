/* Child processes: behind a stream, spawned, and waited for. (Those that are forked are in forks.c.) */
#include <errno.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "hook.h"
#include "ledger/ledger.h"
#include "life/life.h"
#include "process/process.h"
#include "shared.h"

/* ---- Behind a stream ---- */

#define OPEN_CHILD(symbol)                                                                                             \
    LW_ACQUIRE_HANDLE(FILE, symbol, (const char *command, const char *mode), (command, mode), fileno, command,         \
                      .text = command, .cloexec = lw_result && strchr(mode, 'e'))

OPEN_CHILD(popen)
OPEN_CHILD(_IO_popen)
LW_RELEASE_STREAM(pclose)

/* ---- Spawned ---- */

/* An error is the result here; the verbs look for it where all others leave it. A child that faulted over the program's
 * name, on our memory, is a success too. */
static void spawned(struct lw_call *call, int error, pid_t pid, const char *program)
{
    char name[LW_DETAIL + 1]; /* one more: what is longer is told from what is not */
    struct lw_detail detail = {.text = NULL};
    int before = errno;
    if (error == 0 && lw_may_ask() && (detail.length = lw_copy_text(name, sizeof name, program)) > 0)
        detail.text = name;
    if (error != 0)
        errno = error;
    lw_acquired_handle(call, error ? NULL : (const void *)(uintptr_t)pid, LW_CHILD, -1, &detail);
    errno = before;
}

/* The child begins on our memory, and what its file actions do happens in the child alone. */
#define SPAWN(symbol)                                                                                                  \
    LW_EXPORT int symbol(                                                                                              \
        pid_t *restrict pid, const char *restrict program, const posix_spawn_file_actions_t *restrict actions,         \
        const posix_spawnattr_t *restrict attributes, char *const argv[restrict], char *const envp[restrict])          \
    {                                                                                                                  \
        LW_ENTER_OR_RETURN(symbol, (pid, program, actions, attributes, argv, envp));                                   \
        LW_INJECTABLE(symbol);                                                                                         \
        pid_t child = 0;                                                                                               \
        bool refused = __builtin_expect(lw_injecting, 0) && lw_inject(&lw_call, program);                              \
        int lw_result = refused ? errno : LW_REAL(symbol)(&child, program, actions, attributes, argv, envp);           \
        if (lw_result == 0 && pid)                                                                                     \
            *pid = child;                                                                                              \
        spawned(&lw_call, lw_result, child, program);                                                                  \
        return lw_result;                                                                                              \
    }

SPAWN(posix_spawn)
SPAWN(posix_spawnp)

/* ---- Waited for ---- */

/* A child that has merely stopped or gone on is still there. One that is not ours to wait for any more was reaped
 * without a word (SIGCHLD ignored, or waited for where we could not see it). */
void lw_waited(struct lw_call *call, pid_t wanted, pid_t pid, int status, int options)
{
    if (pid > 0 && (WIFEXITED(status) || WIFSIGNALED(status)))
        lw_reaped(call, pid, options & WNOHANG);
    else if (pid < 0 && errno == ECHILD && wanted > 0)
        lw_reaped(call, wanted, options & WNOHANG);
}

/* The status is asked for even where the program does not: it tells an end from a stop. */
#define WAIT(symbol, parameters, arguments, wanted, options)                                                           \
    LW_EXPORT pid_t symbol parameters                                                                                  \
    {                                                                                                                  \
        int unwanted = 0;                                                                                              \
        status = status ? status : &unwanted;                                                                          \
        LW_ENTER_OR_RETURN(symbol, arguments);                                                                         \
        pid_t lw_result = LW_REAL(symbol) arguments;                                                                   \
        lw_waited(&lw_call, wanted, lw_result, lw_result > 0 ? *status : 0, options);                                  \
        return lw_result;                                                                                              \
    }

WAIT(wait, (int *status), (status), -1, 0)
WAIT(__wait, (int *status), (status), -1, 0)
WAIT(wait3, (int *status, int options, struct rusage *usage), (status, options, usage), -1, options)
WAIT(wait4, (pid_t pid, int *status, int options, struct rusage *usage), (pid, status, options, usage), pid, options)
WAIT(waitpid, (pid_t pid, int *status, int options), (pid, status, options), pid, options)
WAIT(__waitpid, (pid_t pid, int *status, int options), (pid, status, options), pid, options)

void lw_waited_for_id(struct lw_call *call, int type, int id, const void *info, int options, int result)
{
    const siginfo_t *child = info;
    if (result == 0 && child && child->si_pid && !(options & WNOWAIT)) {
        if (child->si_code == CLD_EXITED || child->si_code == CLD_KILLED || child->si_code == CLD_DUMPED)
            lw_reaped(call, child->si_pid, options & WNOHANG);
    } else if (result != 0 && errno == ECHILD && type == P_PID)
        lw_reaped(call, id, options & WNOHANG);
}

LW_EXPORT int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
    siginfo_t unwanted = {0};
    LW_ENTER_OR_RETURN(waitid, (type, id, info, options));
    info = info ? info : &unwanted; /* filled in by every success */
    int lw_result = LW_REAL(waitid)(type, id, info, options);
    lw_waited_for_id(&lw_call, (int)type, (int)id, info, options, lw_result);
    return lw_result;
}
