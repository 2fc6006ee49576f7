/* Children that the kernel itself reaps, because SIGCHLD is ignored: they are nobody's to wait for, though others of their
 * place were waited for before. One that is a zombie at the end is told of.
 *
 * expect: child-leak count=1 call=fork function=start line=start
 */
#include "program.h"

#include <signal.h>
#include <sys/wait.h>

enum { WAITED_FOR = 3, REAPED = 5 };

static pid_t __attribute__((noinline)) start(void)
{
    pid_t child = must(fork(), "fork"); /* leak:start */
    if (child == 0)
        _exit(0);
    return child;
}

int main(void)
{
    static volatile int rounds = WAITED_FOR;
    for (int i = 0; i < rounds; i++)
        must(waitpid(start(), NULL, 0), "waitpid");
    signal(SIGCHLD, SIG_IGN);
    rounds = REAPED;
    for (int i = 0; i < rounds; i++)
        start();
    while (wait(NULL) > 0)
        ;
    signal(SIGCHLD, SIG_DFL);
    rounds = 1;
    for (int i = 0; i < rounds; i++)
        start();
    must(waitid(P_ALL, 0, &(siginfo_t){0}, WEXITED | WNOWAIT), "waitid");
    return 0;
}
