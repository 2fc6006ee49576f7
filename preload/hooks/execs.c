/* The exec family. None of its members calls another through a hook, so each is here. Those that take a list get an
 * array; those that take the environment as it is get it named, because the program executed is told of this ledger. */
#include <alloca.h>
#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "hook.h"
#include "life/life.h"
#include "span/span.h"
#include "system/system.h"
#include "wake/wake.h"

#define ROOM (LW_ENVIRONMENT_ROOM * sizeof(char *))

/* Runs `real` with `environment` being what the program gave, plus the link. A failed exec has changed nothing. */
#define EXECUTE(symbol, program, given, real)                                                                          \
    do {                                                                                                               \
        struct lw_call call;                                                                                           \
        bool recorded = lw_enter(&call, LW_HOOK_##symbol, LW_FRAME);                                                   \
        if (recorded) {                                                                                                \
            lw_executing(call.frame, program);                                                                         \
            lw_end(LW_EXEC, 0);                                                                                        \
        }                                                                                                              \
        char **mapped = recorded ? lw_pages(ROOM) : NULL; /* a vfork child would leave it to its parent */             \
        char **room = mapped ? mapped : alloca(ROOM);                                                                  \
        char *const *environment = lw_environment_for_exec(given, room);                                               \
        int result = (real);                                                                                           \
        if (mapped)                                                                                                    \
            lw_system2(SYS_munmap, mapped, ROOM);                                                                      \
        if (recorded)                                                                                                  \
            lw_end_undone();                                                                                           \
        return result;                                                                                                 \
    } while (0)

LW_EXPORT int execve(const char *path, char *const argv[], char *const envp[])
{
    EXECUTE(execve, path, envp, LW_REAL(execve)(path, argv, environment));
}

LW_EXPORT int execv(const char *path, char *const argv[])
{
    EXECUTE(execv, path, environ, LW_REAL(execve)(path, argv, environment));
}

LW_EXPORT int execvp(const char *file, char *const argv[])
{
    EXECUTE(execvp, file, environ, LW_REAL(execvpe)(file, argv, environment));
}

LW_EXPORT int execvpe(const char *file, char *const argv[], char *const envp[])
{
    EXECUTE(execvpe, file, envp, LW_REAL(execvpe)(file, argv, environment));
}

LW_EXPORT int fexecve(int fd, char *const argv[], char *const envp[])
{
    EXECUTE(fexecve, "(fexecve)", envp, LW_REAL(fexecve)(fd, argv, environment));
}

LW_EXPORT int execveat(int directory, const char *path, char *const argv[], char *const envp[], int flags)
{
    EXECUTE(execveat, path, envp, LW_REAL(execveat)(directory, path, argv, environment, flags));
}

static size_t count_list(va_list list)
{
    size_t count = 1;
    while (va_arg(list, char *))
        count++;
    return count;
}

/* The list that follows `first` up to NULL, as an array on this stack. */
#define LIST_TO_ARRAY(first)                                                                                           \
    const char *volatile head = (first); /* declared never to be NULL, and yet it may be */                            \
    va_list list;                                                                                                      \
    va_start(list, first);                                                                                             \
    size_t count = head ? count_list(list) : 0;                                                                        \
    va_end(list);                                                                                                      \
    char **argv = alloca((count + 1) * sizeof *argv);                                                                  \
    argv[0] = (char *)(uintptr_t)head;                                                                                 \
    va_start(list, first);                                                                                             \
    for (size_t i = 1; i <= count; i++)                                                                                \
        argv[i] = va_arg(list, char *);

LW_EXPORT int execl(const char *path, const char *first, ...)
{
    LIST_TO_ARRAY(first)
    va_end(list);
    EXECUTE(execl, path, environ, LW_REAL(execve)(path, argv, environment));
}

LW_EXPORT int execlp(const char *file, const char *first, ...)
{
    LIST_TO_ARRAY(first)
    va_end(list);
    EXECUTE(execlp, file, environ, LW_REAL(execvpe)(file, argv, environment));
}

LW_EXPORT int execle(const char *path, const char *first, ...)
{
    LIST_TO_ARRAY(first)
    char *const *envp = va_arg(list, char *const *);
    va_end(list);
    EXECUTE(execle, path, envp, LW_REAL(execve)(path, argv, environment));
}
