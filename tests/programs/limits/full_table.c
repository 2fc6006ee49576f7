/* A child that is born with a full table of descriptors, and takes something once there is room for that one: its ledger
 * needs no number of its own. What the child found open is known, too, though the table could not be listed.
 *
 * limit: nofile=200
 * expect: fd-exhausted
 * expect: fd-leak count=1 call=open function=child line=child
 * expect: fd-leak call=open function=fill line=fill
 * expect-text: *200 of 200 descriptors open*
 */
#include "program.h"

static int fill(void)
{
    int last = -1, fd;
    while ((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0) /* leak:fill */
        last = fd;
    return last;
}

static __attribute__((noinline)) void child(int last)
{
    must(close(last), "close");
    printf("the child got %d\n", must(open("/dev/zero", O_RDONLY | O_CLOEXEC), "open")); /* leak:child */
    fflush(stdout);
    siginfo_t info;
    printf("and has %s to wait for\n", waitid(P_ALL, 0, &info, WEXITED | __WALL) == 0 ? "a child" : "no child");
}

int main(void)
{
    int last = fill();
    pid_t pid = must(fork(), "fork");
    if (pid == 0) {
        child(last);
        return 0;
    }
    printf("%d, it ended with %d\n", last, end_of(pid));
    return 0;
}
