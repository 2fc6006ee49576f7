/* Children made behind the C library's back: the system call clone without CLONE_VM, and clone() with it. pthread_atfork
 * handlers see neither.
 *
 * expect: fd-leak count=3 call=open function=forget line=forget pids=1
 * expect: fd-leak count=5 call=open function=forget_in_child pids=1
 */
#include "program.h"

#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

static int forget(void)
{
    return must(open("clone.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:forget */
}

static int forget_in_child(void)
{
    return must(open("clone.txt", O_RDWR), "open");
}

static int live_on_shared_memory(void *first)
{
    for (int i = 0; i < 3; i++)
        close(*(int *)first + i);
    execlp("true", "true", (char *)NULL);
    return 9;
}

int main(void)
{
    static const struct deed deeds[] = {{forget, 5, 2}}, last[] = {{forget, 0, 1}}, own[] = {{forget_in_child, 2, 5}};
    static char stack[65536] __attribute__((aligned(16)));
    do_deeds(deeds, COUNT(deeds));
    fflush(stdout);
    long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) {
        do_deeds(own, COUNT(own));
        exit(5);
    }
    printf("first child: %d\n", end_of((pid_t)pid));
    int first = 3;
    pid = clone(live_on_shared_memory, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &first);
    printf("second child: %d\n", end_of((pid_t)must((int)pid, "clone")));
    do_deeds(last, COUNT(last));
    return 0;
}
