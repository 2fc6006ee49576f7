/* A scheduler that takes a fiber's processor away from it anywhere: at each instruction of a hook in turn, a handler swaps
 * to another context, which opens and closes from more stacks than are remembered, opens a scope, and swaps back.
 *
 * expect: fd-leak count=3 call=open function=forget line=leak type=file
 * expect-scope: path=odd?piece
 * allow: scope-leak
 * settings: check=0
 * needs: x86_64
 */
#include "program.h"

#include <pthread.h>
#include <stdbool.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "leakwatch/leakwatch.h"

#define TRAP_FLAG 0x100
#define STACK (256u * 1024)
#define BEYOND (1024u * 1024) /* where nothing is */
#define STACKS 700u           /* of a dozen frames and more each: they fill what a thread remembers */

static ucontext_t scheduler, fiber;
static volatile unsigned countdown, spread;
static volatile bool over;

/* ---- The handler ---- */

static void on_step(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info;
    ucontext_t *interrupted = context;
    if (--countdown > 0)
        return;
    interrupted->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
    swapcontext(&fiber, &scheduler);
}

static void step_from_here(void)
{
    __asm__ volatile("pushfq\n\torl %0, (%%rsp)\n\tpopfq" : : "i"(TRAP_FLAG) : "memory", "cc");
}

static void step_no_more(void)
{
    __asm__ volatile("pushfq\n\tandl %0, (%%rsp)\n\tpopfq" : : "i"(~TRAP_FLAG) : "memory", "cc");
}

/* ---- The scheduler's own work ---- */

__attribute__((noinline)) static void use_one(void)
{
    must(close(must(open("/dev/null", O_RDONLY), "open")), "close");
    __asm__ volatile("" : : : "memory");
}

/* Each path through the bits is a stack of its own. */
__attribute__((noinline)) static void use_from(unsigned path, unsigned depth)
{
    if (depth == 0)
        use_one();
    else if (path & 1) {
        use_from(path >> 1, depth - 1);
        __asm__ volatile("nop" : : : "memory"); /* so that the two calls stay two */
    } else
        use_from(path >> 1, depth - 1);
    __asm__ volatile("" : : : "memory");
}

static void work_meanwhile(void)
{
    LEAKWATCH_SCOPE("meanwhile") {
        for (unsigned i = 0; i < spread; i++)
            use_from(i, 12);
    }
}

/* ---- The fiber's ---- */

/* Deep enough for its stack to take a while to be compared. */
__attribute__((noinline)) static void piece_of_work(bool odd);
__attribute__((noinline)) static void work_deep(unsigned levels, bool odd)
{
    if (levels > 0)
        work_deep(levels - 1, odd);
    else
        piece_of_work(odd);
    __asm__ volatile("" : : : "memory");
}

/* In two scopes by turns: what was remembered of the stack is then never of this scope, and is written anew. */
__attribute__((noinline)) static void piece_of_work(bool odd)
{
    LEAKWATCH_SCOPE(odd ? "odd piece" : "even piece") {
        must(close(must(dup(0), "dup")), "close");
    }
}

/* Until a piece is over before its turn comes. */
static void run_fiber(void)
{
    for (unsigned at = 1; !over; at += spread ? 67 : 101) {
        countdown = at;
        for (volatile int i = 0; i < 6; i++) { /* one place of the code, not six */
            if (i == 5) /* by now it is remembered, and makes no slow steps: those block all signals */
                step_from_here();
            work_deep(20, i % 2);
        }
        step_no_more();
        over = countdown > 0;
    }
}

__attribute__((noinline)) static void forget(void)
{
    must(open("/dev/null", O_RDONLY), "open"); /* leak:leak */
}

static void schedule(unsigned stacks)
{
    char *stack = mmap(NULL, STACK + BEYOND, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED || mprotect(stack, STACK, PROT_READ | PROT_WRITE) != 0)
        exit(99);
    over = false;
    spread = stacks;
    must(getcontext(&fiber), "getcontext");
    fiber.uc_stack.ss_sp = stack;
    fiber.uc_stack.ss_size = STACK;
    fiber.uc_link = &scheduler;
    makecontext(&fiber, run_fiber, 0);
    do {
        must(swapcontext(&scheduler, &fiber), "swapcontext");
        work_meanwhile();
    } while (!over);
    forget();
}

static void *schedule_in_thread(void *unused)
{
    (void)unused;
    schedule(0);
    return NULL;
}

int main(void)
{
    use_one(); /* before there is a handler: that one could be at work would keep libunwind from being loaded */
    struct sigaction action = {.sa_sigaction = on_step, .sa_flags = SA_SIGINFO};
    must(sigaction(SIGTRAP, &action, NULL), "sigaction");
    pthread_t thread;
    schedule(0);
    schedule(STACKS);
    must(pthread_create(&thread, NULL, schedule_in_thread, NULL), "pthread_create");
    must(pthread_join(thread, NULL), "pthread_join");
    puts("done");
    return 0;
}
