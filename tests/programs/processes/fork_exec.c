/* fork and exec, as shells do it: the child rearranges its descriptors and executes another program.
 *
 * expect: fd-leak count=3 call=open function=forget line=forget pids=1
 * expect: inherited-fd level=note function=forget
 */
#include "program.h"

static int forget(void)
{
    return must(open("kept.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:forget */
}

static int run_true(void)
{
    int ends[2];
    must(pipe2(ends, O_CLOEXEC), "pipe2");
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        must(dup2(ends[1], STDOUT_FILENO), "dup2");
        must(close(ends[0]), "close");
        must(close(ends[1]), "close");
        execlp("true", "true", (char *)NULL);
        _exit(127);
    }
    must(close(ends[0]), "close");
    must(close(ends[1]), "close");
    return end_of(child);
}

int main(void)
{
    static const struct deed deeds[] = {{forget, 3, 3}};
    do_deeds(deeds, COUNT(deeds));
    for (int i = 0; i < 3; i++)
        printf("true: %d\n", run_true());
    return 0;
}
