/* A process ends with something to tell, and its ledger is cut; a child that has none of its own lives on, and notes in
 * that one what it executes: it must not touch what is not there any more.
 *
 * expect: fd-leak count=30 call=open function=parent line=parent
 * allow: inherited-fd
 * allow: fd-leak call=pipe2
 */
#include "program.h"

#include <sys/prctl.h>

static void try(int round)
{
    char name[200], *arguments[] = {name, NULL};
    memset(name, 'a', sizeof name);
    for (int i = 0; i < 600; i++) {
        snprintf(name, sizeof name, "/nonexistent/%d/%d/%0120d", round, i, 0);
        execv(name, arguments);
    }
}

static void orphan(const int *parent, const int *ready)
{
    char byte;
    try(0);
    must(close(parent[1]), "close");
    must((int)write(ready[1], "x", 1), "write");
    must((int)read(parent[0], &byte, 1), "read"); /* 0: it has ended */
    try(1);
    _exit(7);
}

static int parent(void)
{
    int mine[2], ready[2];
    char byte;
    must(pipe2(mine, 0), "pipe2");
    must(pipe2(ready, 0), "pipe2");
    for (int i = 0; i < 30; i++)
        must(open("/etc/passwd", O_RDONLY), "open"); /* leak:parent */
    if (must(fork(), "fork") == 0)
        orphan(mine, ready);
    must(close(mine[0]), "close");
    must((int)read(ready[0], &byte, 1), "read");
    must(close(ready[0]), "close");
    must(close(ready[1]), "close");
    return 0; /* mine[1] is closed by the end */
}

int main(void)
{
    must(prctl(PR_SET_CHILD_SUBREAPER, 1), "prctl");
    pid_t first = must(fork(), "fork");
    if (first == 0)
        exit(parent());
    printf("the parent ended with %d\n", end_of(first));
    fflush(stdout);
    int status = 0;
    must(wait(&status), "wait");
    printf("the orphan ended with %d\n", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    return 0;
}
