/* Three generations, all of which open: each has its own leaks, and none those of its parents.
 *
 * expect: fd-leak count=1 call=open function=grandparent pids=1
 * expect: fd-leak count=3 call=open function=parent pids=1
 * expect: fd-leak count=5 call=open function=child line=child pids=1
 */
#include "program.h"

static int grandparent(void)
{
    return must(open("family.txt", O_RDWR | O_CREAT, 0600), "open");
}

static int parent(void)
{
    return must(open("family.txt", O_RDWR), "open");
}

static int child(void)
{
    return must(open("family.txt", O_RDONLY), "open"); /* leak:child */
}

static void live_as_child(void)
{
    static const struct deed deeds[] = {{child, 1, 5}};
    do_deeds(deeds, COUNT(deeds));
    exit(3);
}

static void live_as_parent(void)
{
    static const struct deed deeds[] = {{parent, 1, 3}};
    do_deeds(deeds, COUNT(deeds));
    fflush(stdout);
    pid_t pid = must(fork(), "fork");
    if (pid == 0)
        live_as_child();
    exit(end_of(pid) + 1);
}

int main(void)
{
    static const struct deed deeds[] = {{grandparent, 1, 1}};
    do_deeds(deeds, COUNT(deeds));
    fflush(stdout);
    pid_t pid = must(fork(), "fork");
    if (pid == 0)
        live_as_parent();
    printf("%d\n", end_of(pid));
    return 0;
}
