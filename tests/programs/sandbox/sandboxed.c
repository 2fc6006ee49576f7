/* What tests/cli/test_sandbox.py runs under a filter: makes as few system calls as a program can, and forgets a file; with
 * an argument, so does a child that is made in that way.
 *
 *     sandboxed [fork|raw|clone|vfork]
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int forget(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC); /* leak:forget */
}

static int in_child(void *unused)
{
    (void)unused;
    forget("/etc/group");
    _exit(forget("/etc/group") > 0 ? 0 : 1);
}

static pid_t child_by(const char *way)
{
    static char stack[65536] __attribute__((aligned(64)));
    if (strcmp(way, "clone") == 0)
        return clone(in_child, stack + sizeof stack, SIGCHLD, NULL);
    pid_t child = strcmp(way, "fork") == 0    ? fork()
                  : strcmp(way, "vfork") == 0 ? vfork()
                                              : (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0 && strcmp(way, "vfork") == 0)
        _exit(0);
    if (child == 0)
        in_child(NULL);
    return child;
}

int main(int argc, char **argv)
{
    char text[10];
    int fd = open("/etc/passwd", O_RDONLY), status = 0;
    if (fd < 0 || read(fd, text, sizeof text) != sizeof text || close(fd) != 0)
        return 1;
    if (argc > 1 && (child_by(argv[1]) < 0 || wait(&status) < 0))
        return 2;
    printf("descriptor %d, child %d\n", forget("/etc/passwd"), status);
    return 0;
}
