/* Deeds with streams, directories and children. */
#include "every_hook.h"

#include <dirent.h>
#include <fts.h>
#include <mntent.h>
#include <pty.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <wchar.h>

extern char **environ;

/* ---- Streams ---- */

static void close_stream(FILE *stream)
{
    must(fclose(must_have(stream, "stream")), "fclose");
    also_released(HOOK_fclose, 1);
}

static FILE *some_stream(void)
{
    also_acquired(HOOK_fopen, 1);
    return must_have(fopen("some.txt", "a+"), "fopen");
}

static void stream(void *function)
{
    close_stream(took_handle(TYPED(function, FILE *, const char *, const char *)("some.txt", "r")));
}

/* The stream and the descriptor that it took over are given back together, each at the site that had acquired it. */
static void stream_over(void *function)
{
    int fd = some_file();
    close_stream(took_handle(TYPED(function, FILE *, int, const char *)(fd, "r")));
    also_released(HOOK_fclose, 1);
}

static void stream_reopened(void *function)
{
    FILE *before = some_stream();
    close_stream(took_handle(TYPED(function, FILE *, const char *, const char *, FILE *)("some.txt", "r", before)));
    released(1);
}

static void stream_of_nothing(void *function)
{
    close_stream(took_handle(TYPED(function, FILE *, void)()));
}

static void memory_stream(void *function)
{
    static char memory[16];
    close_stream(took_handle(TYPED(function, FILE *, void *, size_t, const char *)(memory, sizeof memory, "w")));
}

static void growing_stream(void *function)
{
    static void *memory;
    static size_t size;
    close_stream(took_handle(TYPED(function, FILE *, void **, size_t *)(&memory, &size)));
    free(memory);
    memory = NULL;
}

static void custom_stream(void *function)
{
    cookie_io_functions_t nothing = {NULL, NULL, NULL, NULL};
    close_stream(took_handle(TYPED(function, FILE *, void *, const char *, cookie_io_functions_t)(NULL, "r", nothing)));
}

static void stream_closed(void *function)
{
    must(TYPED(function, int, FILE *)(some_stream()), "fclose");
    released(1);
}

static void table_closed(void *function)
{
    FILE *table = must_have(setmntent("some.txt", "r"), "setmntent");
    also_acquired(HOOK_setmntent, 1);
    TYPED(function, int, FILE *)(table);
    released(1);
}

/* ---- Directories ---- */

static void directory(void *function)
{
    must(closedir(must_have(took_handle(TYPED(function, DIR *, const char *)(".")), "opendir")), "closedir");
    also_released(HOOK_closedir, 1);
}

static void directory_over(void *function)
{
    int fd = must(open(".", O_RDONLY), "open");
    also_acquired(HOOK_open, 1);
    must(closedir(must_have(took_handle(TYPED(function, DIR *, int)(fd)), "fdopendir")), "closedir");
    also_released(HOOK_closedir, 2);
}

static void directory_closed(void *function)
{
    also_acquired(HOOK_opendir, 1);
    must(TYPED(function, int, DIR *)(must_have(opendir("."), "opendir")), "closedir");
    released(1);
}

static char here[] = ".";
static char *const paths[] = {here, NULL};

static void tree(void *function)
{
    FTS *made = took_handle(TYPED(function, FTS *, char *const *, int, void *)(paths, FTS_PHYSICAL, NULL));
    must(fts_close(must_have(made, "fts_open")), "fts_close");
    also_released(HOOK_fts_close, 1);
}

static void tree_closed(void *function)
{
    also_acquired(HOOK_fts_open, 1);
    must(TYPED(function, int, FTS *)(must_have(fts_open(paths, FTS_PHYSICAL, NULL), "fts_open")), "fts_close");
    released(1);
}

/* ---- Children ---- */

static char name_of_true[] = "true";
static char *const arguments[] = {name_of_true, NULL};

static void piped_child(void *function)
{
    FILE *made = took_handle(TYPED(function, FILE *, const char *, const char *)("true", "r"));
    must(pclose(must_have(made, "popen")), "pclose");
    also_released(HOOK_pclose, 1);
}

static void piped_child_closed(void *function)
{
    also_acquired(HOOK_popen, 1);
    must(TYPED(function, int, FILE *)(must_have(popen("true", "r"), "popen")), "pclose");
    released(1);
}

static pid_t some_child(void)
{
    pid_t pid;
    must(-posix_spawn(&pid, "/bin/true", NULL, NULL, arguments, environ), "posix_spawn");
    also_acquired(HOOK_posix_spawn, 1);
    return pid;
}

static void child_spawned(void *function)
{
    pid_t pid = -1;
    int error = TYPED(function, int, pid_t *, const char *, const void *, const void *, char *const *,
                      char *const *)(&pid, "/bin/true", NULL, NULL, arguments, environ);
    took(error ? -1 : 0);
    wait_for(pid);
}

static void any_waited(void *function)
{
    some_child();
    must(TYPED(function, pid_t, int *)(NULL), "wait");
    released(1);
}

static void any_waited_with_usage(void *function)
{
    some_child();
    must(TYPED(function, pid_t, int *, int, struct rusage *)(NULL, 0, NULL), "wait3");
    released(1);
}

static void waited(void *function)
{
    pid_t pid = some_child();
    must(TYPED(function, pid_t, pid_t, int *, int, struct rusage *)(pid, NULL, 0, NULL), "waitpid");
    released(1);
}

/* With WNOWAIT it can still be waited for. */
static void waited_for_id(void *function)
{
    int (*call)(idtype_t, id_t, siginfo_t *, int) = TYPED(function, int, idtype_t, id_t, siginfo_t *, int);
    siginfo_t info;
    pid_t pid = some_child();
    must(call(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), "waitid");
    must(call(P_PID, (id_t)pid, NULL, WEXITED), "waitid");
    released(1);
}

static void child_on_terminal(void *function)
{
    int master = -1;
    pid_t pid = TYPED(function, pid_t, int *, char *, const void *, const void *)(&master, NULL, NULL, NULL);
    if (must(pid, "forkpty") == 0)
        _exit(0);
    took(master);
    also_acquired(now, 1); /* the child */
    wait_for(pid);
    put_away(master);
}

deed *const handle_deeds[HOOKS] = {
    [HOOK_fopen] = stream,
    [HOOK_fopen64] = stream,
    [HOOK__IO_fopen] = stream,
    [HOOK_fdopen] = stream_over,
    [HOOK__IO_fdopen] = stream_over,
    [HOOK_freopen] = stream_reopened,
    [HOOK_freopen64] = stream_reopened,
    [HOOK_tmpfile] = stream_of_nothing,
    [HOOK_tmpfile64] = stream_of_nothing,
    [HOOK_setmntent] = stream,
    [HOOK___setmntent] = stream,
    [HOOK_fmemopen] = memory_stream,
    [HOOK_open_memstream] = growing_stream,
    [HOOK_open_wmemstream] = growing_stream,
    [HOOK_fopencookie] = custom_stream,
    [HOOK_fclose] = stream_closed,
    [HOOK__IO_fclose] = stream_closed,
    [HOOK_endmntent] = table_closed,
    [HOOK___endmntent] = table_closed,
    [HOOK_opendir] = directory,
    [HOOK_fdopendir] = directory_over,
    [HOOK_closedir] = directory_closed,
    [HOOK_fts_open] = tree,
    [HOOK_fts64_open] = tree,
    [HOOK_fts_close] = tree_closed,
    [HOOK_fts64_close] = tree_closed,
    [HOOK_popen] = piped_child,
    [HOOK__IO_popen] = piped_child,
    [HOOK_pclose] = piped_child_closed,
    [HOOK_posix_spawn] = child_spawned,
    [HOOK_posix_spawnp] = child_spawned,
    [HOOK_wait] = any_waited,
    [HOOK___wait] = any_waited,
    [HOOK_wait3] = any_waited_with_usage,
    [HOOK_wait4] = waited,
    [HOOK_waitpid] = waited,
    [HOOK___waitpid] = waited,
    [HOOK_waitid] = waited_for_id,
    [HOOK_forkpty] = child_on_terminal,
};
