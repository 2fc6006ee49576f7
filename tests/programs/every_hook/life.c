/* Deeds that fork, execute, end, unload, jump and give up system calls. What must be seen of them stands in the ledger
 * of the child that did them. */
#include "every_hook.h"

#include <dlfcn.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <pty.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define TRUE "/bin/true"

extern char **environ;

/* Something for the ledger of a child to begin with. */
static void acquire_something(void)
{
    must(open("some.txt", O_RDWR | O_CREAT | O_CLOEXEC, 0600), "open");
}

static void expect_child(pid_t pid)
{
    printf("ledger %d shows  end=%d \n", (int)pid, LW_EXIT);
    printf("ledger %d shows link_kind=2\n", (int)pid);
}

/* ---- Forks ---- */

/* exit, not _Exit: the child's books are closed like its parent's. What stdio holds is the parent's to write. */
static int child_work(void *unused)
{
    (void)unused;
    acquire_something();
    exit(0);
}

static void forked(void *function)
{
    fflush(stdout);
    pid_t pid = must(TYPED(function, pid_t, void)(), "fork");
    if (pid == 0)
        child_work(NULL);
    took(pid);
    wait_for(pid);
    expect_child(pid);
}

static void cloned(void *function)
{
    static _Alignas(16) char stack[1 << 16];
    fflush(stdout);
    pid_t pid = must(TYPED(function, int, int (*)(void *), void *, int, void *, ...)(child_work, stack + sizeof stack,
                                                                                     SIGCHLD, NULL),
                     "clone");
    end_of(pid);
    expect_child(pid);
}

/* The child runs on our memory: what it closes is still open here, and our books must say so. */
static void forked_on_our_memory(void *function)
{
    int fd = some_file();
    pid_t pid = TYPED(function, pid_t, void)();
    if (pid == 0) {
        close(fd);
        _exit(0);
    }
    also_acquired(HOOK_vfork, 1); /* by both of its names */
    wait_for(must(pid, "vfork"));
    put_away(fd);
}

/* The one that goes on is a grandchild; it says which by a pipe, whose end is its own. */
static void gone_on_as_daemon(void *function)
{
    int ends[2];
    pid_t pid = 0;
    must(pipe(ends), "pipe");
    also_acquired(HOOK_pipe, 2);
    pid_t first = some_fork();
    if (first == 0) {
        acquire_something();
        must(TYPED(function, int, int, int)(1, 1), "daemon");
        pid = getpid();
        must((int)write(ends[1], &pid, sizeof pid), "write");
        child_work(NULL);
    }
    wait_for(first);
    put_away(ends[1]);
    must((int)read(ends[0], &pid, sizeof pid), "read");
    must((int)read(ends[0], &first, 1), "read");
    put_away(ends[0]);
    printf("ledger %d shows  end=%d \n", (int)pid, LW_EXIT);
}

/* ---- Executes ---- */

static char name[] = "true";
static char *const arguments[] = {name, NULL};

#define EXECUTES(deed_name, ...)                                                                                       \
    static void deed_name(void *function)                                                                              \
    {                                                                                                                  \
        if (!in_child(LW_EXEC))                                                                                        \
            return;                                                                                                    \
        acquire_something();                                                                                           \
        __VA_ARGS__;                                                                                                   \
        _exit(98);                                                                                                     \
    }

EXECUTES(executed, TYPED(function, int, const char *, char *const *, char *const *)(TRUE, arguments, environ))
EXECUTES(executed_at, TYPED(function, int, int, const char *, char *const *, char *const *, int)(AT_FDCWD, TRUE,
                                                                                                 arguments, environ, 0))
EXECUTES(executed_open,
         TYPED(function, int, int, char *const *, char *const *)(open(TRUE, O_RDONLY | O_CLOEXEC), arguments, environ))
EXECUTES(executed_list, TYPED(function, int, const char *, const char *, ...)(TRUE, "true", NULL))
EXECUTES(executed_list_with_environment,
         TYPED(function, int, const char *, const char *, ...)(TRUE, "true", NULL, environ))

/* ---- Ends ---- */

static void ended(void *function)
{
    if (!in_child(LW_QUICK_EXIT))
        return;
    acquire_something();
    TYPED(function, void, int)(3);
}

static void aborted(void *function)
{
    if (!in_child(LW_ABORT))
        return;
    acquire_something();
    TYPED(function, void, void)();
}

/* ---- Other ---- */

static void unloaded(void *function)
{
    void *library = must_have(dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL), "dlopen");
    must(TYPED(function, int, void *)(library), "dlclose");
    shows("counters.*generation=1");
}

static void jumped(void *function)
{
    static jmp_buf target;
    if (setjmp(target) == 0)
        TYPED(function, void, struct __jmp_buf_tag *, int)(target, 1);
}

static void jumped_with_signals(void *function)
{
    static sigjmp_buf target;
    if (sigsetjmp(target, 1) == 0)
        TYPED(function, void, struct __jmp_buf_tag *, int)(target, 1);
}

/* Of a function that nobody has selected: nothing is to be seen. */
static void instrumented(void *function)
{
    TYPED(function, void, void *, void *)((void *)instrumented, __builtin_return_address(0));
}

static void gave_up_calls(void *function)
{
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {1, &allow};
    if (in_child(LW_EXIT)) {
        acquire_something();
        must(TYPED(function, int, int, ...)(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS");
        must(TYPED(function, int, int, ...)(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0), "PR_SET_SECCOMP");
        exit(0);
    }
    child_shows("counters.*troubles=0x[0-9a-f]*[4-7c-f] ");
}

/* The terminal becomes three standard descriptors; its own is given back. */
static void logged_in(void *function)
{
    int master, slave;
    if (in_child(LW_EXIT)) {
        must(openpty(&master, &slave, NULL, NULL, NULL), "openpty");
        must(TYPED(function, int, int)(slave), "login_tty");
        exit(0);
    }
    child_shows("site.*call=\"login_tty\".*acquired=3");
    child_shows("release.*call=\"login_tty\".*count=1");
}

static void locked_memory(void *function)
{
    must(TYPED(function, int, int)(MCL_CURRENT), "mlockall");
    must(munlockall(), "munlockall");
}

/* What they are hooked for, cli.roll shows. */
static void moved_nowhere(void *function)
{
    must(TYPED(function, int, const char *)("/nowhere") == -1 ? 0 : -1, "chroot, which fails");
}

static void shared_all(void *function)
{
    must(TYPED(function, int, int)(0), "unshare, of nothing");
}

static void joined_nothing(void *function)
{
    must(TYPED(function, int, int, int)(-1, 0) == -1 ? 0 : -1, "setns, which fails");
}

/* There are others left: nothing is to be seen. */
static void made_key(void *function)
{
    pthread_key_t key;
    must(-TYPED(function, int, pthread_key_t *, void (*)(void *))(&key, NULL), "a key");
    must(-pthread_key_delete(key), "pthread_key_delete");
}

/* One less than there was: whose call that was stands in the ledger. */
static struct rlimit one_less(void)
{
    static const char *const names[HOOKS] = {[HOOK_setrlimit] = "setrlimit",
                                             [HOOK_setrlimit64] = "setrlimit64",
                                             [HOOK_prlimit] = "prlimit",
                                             [HOOK_prlimit64] = "prlimit64"};
    char words[128];
    struct rlimit limit;
    must(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    limit.rlim_cur--;
    snprintf(words, sizeof words, "limit .* soft=%lu .*call=\"%s\"", (unsigned long)limit.rlim_cur, names[now]);
    shows(words);
    return limit;
}

static void limited(void *function)
{
    const struct rlimit limit = one_less();
    must(TYPED(function, int, int, const struct rlimit *)(RLIMIT_NOFILE, &limit), "setrlimit");
}

static void limited_by_number(void *function)
{
    struct rlimit limit = one_less();
    must(TYPED(function, int, pid_t, int, const struct rlimit *, struct rlimit *)(getpid(), RLIMIT_NOFILE, &limit,
                                                                                  &limit),
         "prlimit");
}

deed *const life_deeds[HOOKS] = {
    [HOOK_fork] = forked,
    [HOOK___fork] = forked,
    [HOOK__Fork] = forked,
    [HOOK_vfork] = forked_on_our_memory,
    [HOOK___vfork] = forked_on_our_memory,
    [HOOK_clone] = cloned,
    [HOOK___clone] = cloned,
    [HOOK_daemon] = gone_on_as_daemon,
    [HOOK_execve] = executed,
    [HOOK_execv] = executed,
    [HOOK_execvp] = executed,
    [HOOK_execvpe] = executed,
    [HOOK_execl] = executed_list,
    [HOOK_execle] = executed_list_with_environment,
    [HOOK_execlp] = executed_list,
    [HOOK_execveat] = executed_at,
    [HOOK_fexecve] = executed_open,
    [HOOK__exit] = ended,
    [HOOK__Exit] = ended,
    [HOOK_quick_exit] = ended,
    [HOOK_abort] = aborted,
    [HOOK_dlclose] = unloaded,
    [HOOK_longjmp] = jumped,
    [HOOK__longjmp] = jumped,
    [HOOK_siglongjmp] = jumped_with_signals,
    [HOOK___longjmp_chk] = jumped,
    [HOOK_prctl] = gave_up_calls,
    [HOOK_mlockall] = locked_memory,
    [HOOK_chroot] = moved_nowhere,
    [HOOK_unshare] = shared_all,
    [HOOK_setns] = joined_nothing,
    [HOOK_setrlimit] = limited,
    [HOOK_setrlimit64] = limited,
    [HOOK_prlimit] = limited_by_number,
    [HOOK_prlimit64] = limited_by_number,
    [HOOK___cyg_profile_func_enter] = instrumented,
    [HOOK___cyg_profile_func_exit] = instrumented,
    [HOOK_login_tty] = logged_in,
    [HOOK_pthread_key_create] = made_key,
    [HOOK_tss_create] = made_key,
};
