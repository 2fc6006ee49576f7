/* Forks while another thread meets its first stack, or one new stack after the other: whatever that thread was doing, the
 * child's own stacks are whole.
 *
 * expect: fd-leak count=120 call=open function=child_of pids=120
 */
#include "program.h"

#include <pthread.h>
#include <stdatomic.h>

static atomic_int going;

__attribute__((noinline)) static void open_and_close(void)
{
    must(close(open("/dev/null", O_RDONLY)), "open");
}

__attribute__((noinline)) static void descend(int depth)
{
    if (depth > 0)
        descend(depth - 1);
    else
        open_and_close();
    __asm__ volatile("");
}

static void *meet_stacks(void *once)
{
    going = 1;
    for (int i = 0; i < (once ? 1 : 1000000) && going < 2; i++)
        descend(i % 60);
    return NULL;
}

__attribute__((noinline)) static void leave_open(void)
{
    must(open("/dev/null", O_RDONLY), "open");
}

static void child_of(void)
{
    leave_open();
    _exit(3);
}

/* A fresh process each time: its thread is the first to open anything. */
static void process_of(int round)
{
    pthread_t thread;
    must(-pthread_create(&thread, NULL, meet_stacks, round % 2 ? &going : NULL), "pthread_create");
    while (!going)
        ;
    for (volatile int pause = 0; pause < round * 1000; pause++)
        ;
    pid_t child = must(fork(), "fork");
    if (child == 0)
        child_of();
    int end = end_of(child);
    going = 2;
    must(-pthread_join(thread, NULL), "pthread_join");
    _exit(end);
}

int main(void)
{
    for (int round = 0; round < 120; round++) {
        pid_t process = must(fork(), "fork");
        if (process == 0)
            process_of(round);
        if (end_of(process) != 3)
            printf("round %d ended otherwise\n", round);
    }
    puts("done");
    return 0;
}
