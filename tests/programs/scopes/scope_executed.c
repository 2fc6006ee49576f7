/* exec inside a scope ends all of them without a word; a vfork child's exec ends nothing of its parent's. The scopes of the
 * next image are its own.
 *
 * expect: scope-leak count=3 call=open line=again scope=again ended=1 left=1 most=3
 * expect: scope-leak count=5 call=open line=spawner scope="before > spawner" ended=9 left=5
 * allow: inherited-fd
 * expect-scope: path=before entered=1 ended=0
 * expect-scope: path="before > spawner" entered=9 ended=9 left=5
 * expect-scope: path=again entered=1 ended=1 left=1
 */
#include "scopes.h"

static int run_again(void)
{
    LEAKWATCH_SCOPE("again") {
        for (int i = 0; i < 3; i++)
            open_work("again.txt"); /* leak:again */
    }
    puts("again");
    return 0;
}

/* The child shares the parent's memory until it executes. */
static void spawn(void)
{
    pid_t child = vfork();
    if (child == 0) {
        execl("/bin/true", "true", (char *)NULL);
        _exit(1);
    }
    if (end_of(must(child, "vfork")) != 0)
        puts("it failed");
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return run_again();
    leakwatch_scope_begin("before");
    for (int number = 0; number < 9; number++)
        LEAKWATCH_SCOPE("spawner") {
            int fd = open_work("spawner.txt"); /* leak:spawner */
            spawn();
            if (number % 2 == 1)
                must(close(fd), "close");
        }
    execl("/proc/self/exe", argv[0], "again", (char *)NULL);
    return 1;
}
