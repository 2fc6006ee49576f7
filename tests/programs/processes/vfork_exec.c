/* vfork and exec as CPython's subprocess does it: the child shares the parent's memory while it closes and duplicates.
 * Books kept by the child would lose the parent's leaks.
 *
 * expect: fd-leak count=3 call=open function=forget line=forget pids=1
 */
#include "program.h"

static int forget(void)
{
    return must(open("kept.txt", O_RDWR | O_CREAT | O_CLOEXEC, 0600), "open"); /* leak:forget */
}

static int run(const char *program, int last)
{
    int ends[2];
    must(pipe2(ends, O_CLOEXEC), "pipe2");
    pid_t child = vfork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        for (int fd = 3; fd <= last; fd++)
            close(fd);
        execlp(program, program, (char *)NULL);
        _exit(127);
    }
    close(ends[0]);
    close(ends[1]);
    return end_of(must(child, "vfork"));
}

int main(void)
{
    int last = 0;
    for (int i = 0; i < 3; i++)
        last = forget();
    printf("true: %d, false: %d, nothing: %d\n", run("true", last), run("false", last), run("no-such-program", last));
    for (int i = 0; i < 10; i++)
        must(close(forget()), "close");
    printf("next number: %d\n", last + 1);
    return 0;
}
