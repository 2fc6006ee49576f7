/* A handler that opens on an alternate signal stack of 8 KiB, guarded on both sides: the first call ever from there, and
 * many after it.
 *
 * expect: fd-leak count=3 call=open function=on_signal line=handler type=file
 */
#include "program.h"

#include <signal.h>
#include <sys/mman.h>

enum { STACK = 8192, GUARD = 4096 };

static volatile sig_atomic_t kept;

static void on_signal(int number)
{
    (void)number;
    int fd = open("signal.txt", O_RDWR | O_CREAT, 0600); /* leak:handler */
    if (fd < 0)
        _exit(97);
    if (kept < 3)
        kept++;
    else if (close(fd) != 0)
        _exit(96);
}

static void use_small_stack(void)
{
    char *room = mmap(NULL, STACK + 2 * GUARD, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        exit(99);
    must(mprotect(room + GUARD, STACK, PROT_READ | PROT_WRITE), "mprotect");
    stack_t small = {.ss_sp = room + GUARD, .ss_size = STACK};
    must(sigaltstack(&small, NULL), "sigaltstack");
}

int main(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
    use_small_stack();
    must(sigaction(SIGUSR1, &action, NULL), "sigaction");
    for (int i = 0; i < 30; i++)
        must(raise(SIGUSR1), "raise");
    puts("still here");
    return 0;
}
