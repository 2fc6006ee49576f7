/* A worker thread runs fibers, each on a stack of its own between pages that cannot be touched, in a program that has
 * handlers. The first open of all is a fiber's.
 *
 * expect: fd-leak count=3 call=open function=in_fiber line=fiber
 */
#include "program.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#define STACK 65536

static ucontext_t worker, fiber;

__attribute__((noinline)) static int open_one(void)
{
    return must(open("/dev/null", O_RDONLY), "open");
}

static void in_fiber(void)
{
    for (int i = 0; i < 4; i++) {
        int fd = open_one(); /* leak:fiber */
        if (i == 0)
            must(close(fd), "close");
    }
}

static void ignore(int number)
{
    (void)number;
}

static void *work(void *nothing)
{
    char *stack = mmap(NULL, 3 * STACK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stack == MAP_FAILED)
        exit(99);
    must(mprotect(stack + STACK, STACK, PROT_READ | PROT_WRITE), "mprotect");
    must(getcontext(&fiber), "getcontext");
    fiber.uc_stack.ss_sp = stack + STACK;
    fiber.uc_stack.ss_size = STACK;
    fiber.uc_link = &worker;
    makecontext(&fiber, in_fiber, 0);
    must(swapcontext(&worker, &fiber), "swapcontext");
    return nothing;
}

int main(void)
{
    pthread_t thread;
    signal(SIGTERM, ignore);
    must(-pthread_create(&thread, NULL, work, NULL), "pthread_create");
    must(-pthread_join(thread, NULL), "pthread_join");
    puts("the fiber has ended");
    return 0;
}
