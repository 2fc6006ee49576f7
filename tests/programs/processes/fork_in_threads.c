/* Forks while other threads open and close: the children open, too, and none of them may wait for a lock that nobody is
 * left to give back.
 *
 * expect: fd-leak count=5 call=open function=forget_in_child pids=5
 * expect: fd-leak count=3 call=open function=forget line=forget pids=1
 */
#include "program.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

static atomic_bool enough;

static int forget(void)
{
    return must(open("fork.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:forget */
}

static int forget_in_child(void)
{
    return must(open("fork.txt", O_RDWR), "open");
}

static void *be_busy(void *nothing)
{
    while (!enough) {
        must(close(forget()), "close");
        must(fclose(must_have(fopen("fork.txt", "r"), "fopen")), "fclose");
    }
    return nothing;
}

static int child_of(int round)
{
    pid_t child = must(fork(), "fork");
    if (child != 0)
        return end_of(child);
    alarm(20);
    for (int i = 0; i < 20; i++)
        must(close(forget_in_child()), "close");
    if (round % 10 == 0)
        forget_in_child();
    _exit(3);
}

int main(void)
{
    pthread_t threads[3];
    int wrong = 0;
    must(close(forget()), "close");
    for (size_t i = 0; i < COUNT(threads); i++)
        must(-pthread_create(&threads[i], NULL, be_busy, NULL), "pthread_create");
    for (int round = 0; round < 50; round++)
        wrong += child_of(round) != 3;
    enough = true;
    for (size_t i = 0; i < COUNT(threads); i++)
        must(-pthread_join(threads[i], NULL), "pthread_join");
    for (int i = 0; i < 3; i++)
        forget();
    printf("%d children ended wrongly\n", wrong);
    return 0;
}
