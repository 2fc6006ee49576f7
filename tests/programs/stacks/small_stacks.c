/* The smallest stacks that programs have: alternate signal stacks of 3.5 KiB, and coroutines of 4 KiB, each with nothing
 * behind it. What they call first of all begins the ledger; their stacks are whole.
 *
 * expect: fd-leak count=1 call=open function=coroutine line=coroutine type=file
 * expect: fd-leak count=3 call=open function=on_signal line=handler type=file
 */
#include "program.h"

#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { PAGE = 4096, SIGNAL_STACK = 3584, COROUTINE_STACK = 4096 };

static volatile sig_atomic_t kept;
static ucontext_t here, there;

/* Ends at the end of a page that has one without access below it. */
static char *stack_of(size_t bytes)
{
    char *room = mmap(NULL, 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        exit(99);
    must(mprotect(room + PAGE, PAGE, PROT_READ | PROT_WRITE), "mprotect");
    return room + 2 * PAGE - bytes;
}

__attribute__((noinline)) static void coroutine(void)
{
    must(open("/dev/null", O_RDONLY), "open"); /* leak:coroutine */
    for (int i = 0; i < 20; i++)
        must(close(must(dup(0), "dup")), "close");
}

static void on_signal(int number)
{
    (void)number;
    int fd = open("/dev/null", O_RDONLY); /* leak:handler */
    if (fd < 0)
        _exit(97);
    if (kept < 3)
        kept++;
    else if (close(fd) != 0)
        _exit(96);
}

static void run_coroutine(void)
{
    must(getcontext(&there), "getcontext");
    there.uc_stack.ss_sp = stack_of(COROUTINE_STACK);
    there.uc_stack.ss_size = COROUTINE_STACK;
    there.uc_link = &here;
    makecontext(&there, coroutine, 0);
    must(swapcontext(&here, &there), "swapcontext");
}

static void take_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
    stack_t small = {.ss_sp = stack_of(SIGNAL_STACK), .ss_size = SIGNAL_STACK};
    if (sigaltstack(&small, NULL) != 0) {
        printf("a signal frame of this processor does not fit %d bytes\n", SIGNAL_STACK);
        exit(77);
    }
    must(sigaction(SIGUSR1, &action, NULL), "sigaction");
    for (int i = 0; i < 30; i++)
        must(raise(SIGUSR1), "raise");
}

int main(void)
{
    run_coroutine();
    take_signals();
    puts("still here");
    return 0;
}
