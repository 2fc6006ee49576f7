/* 10,000 threads that end at once, and that nobody joins: one finding, which says what each of them costs and when no more can
 * be created. Three more have smaller stacks, and one has memory of the program's own as its stack.
 *
 * limit: stack=8388608
 * expect: thread-leak count=10000 findings=1 call=pthread_create function=forget_many line=many level=warning
 * expect: thread-leak count=4 findings=1 call=pthread_create function=forget_small line=small level=warning
 * expect-text: warning: 10,000 threads ended and never joined, started by pthread_create at * in create *
 * expect-text:   10,000 of them began at *ten_thousand.c:* in ends
 * expect-text:   each of 10,000 keeps 8 MiB of address space and two mappings*
 * expect-text:   each of 3 keeps 192 KiB of address space and two mappings*
 */
#include "program.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>

#include "alone.h"

enum { MANY = 10000, SMALL = 192 * 1024 };

static void *ends(void *unused)
{
    return unused;
}

/* Threads that have been created and that this machine has no room for say nothing about what is judged. */
static void create(const pthread_attr_t *how)
{
    pthread_t thread;
    int error;
    while ((error = pthread_create(&thread, how, ends, NULL)) == EAGAIN && sched_yield() == 0) {
        static int times;
        if (++times > 1000) {
            puts("this machine has no room for 10,000 threads that have ended");
            exit(77);
        }
        usleep(1000);
    }
    must(-error, "pthread_create");
}

static void forget_many(void)
{
    for (int i = 0; i < MANY; i++)
        create(NULL); /* leak:many */
}

static void forget_small(void)
{
    pthread_attr_t how;
    must(-pthread_attr_init(&how), "pthread_attr_init");
    must(-pthread_attr_setstacksize(&how, SMALL), "pthread_attr_setstacksize");
    for (int i = 0; i < 4; i++) {
        if (i == 3) {
            void *stack = mmap(NULL, SMALL, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
            must(stack == MAP_FAILED ? -1 : 0, "mmap");
            must(-pthread_attr_setstack(&how, stack, SMALL), "pthread_attr_setstack");
        }
        create(&how); /* leak:small */
    }
}

int main(void)
{
    forget_many();
    forget_small();
    wait_until_alone();
    return 0;
}
