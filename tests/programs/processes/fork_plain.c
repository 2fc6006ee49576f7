/* fork without exec: what the child inherited is not the child's leak, what it opens itself is.
 *
 * expect: fd-leak count=3 call=open function=before_fork line=before pids=1
 * expect: fd-leak count=5 call=open function=in_child line=child pids=1
 * expect: fd-leak count=1 call=open function=after_fork pids=1
 */
#include "program.h"

static int before_fork(void)
{
    return must(open("shared.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:before */
}

static int in_child(void)
{
    return must(open("shared.txt", O_RDONLY), "open"); /* leak:child */
}

static int after_fork(void)
{
    return must(open("shared.txt", O_RDONLY), "open");
}

/* Closes what its parent left open, which must not touch the parent's books, and forgets five of its own. */
static void live_as_child(const int *inherited)
{
    must(close(inherited[0]), "close");
    must(close(inherited[1]), "close");
    static const struct deed deeds[] = {{in_child, 20, 5}};
    do_deeds(deeds, COUNT(deeds));
    exit(0);
}

/* A child that only closes and computes leaves no trace. */
static void live_quietly(const int *inherited)
{
    must(close(inherited[2]), "close");
    exit(7);
}

int main(void)
{
    int held[3];
    for (int i = 0; i < 3; i++)
        held[i] = before_fork();
    pid_t child = must(fork(), "fork");
    if (child == 0)
        live_as_child(held);
    int first = end_of(child);
    child = must(fork(), "fork");
    if (child == 0)
        live_quietly(held);
    printf("children ended with %d and %d\n", first, end_of(child));
    static const struct deed deeds[] = {{after_fork, 3, 1}};
    do_deeds(deeds, COUNT(deeds));
    return 0;
}
