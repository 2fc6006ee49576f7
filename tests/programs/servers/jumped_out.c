/* A handler leaves by siglongjmp, again and again, wherever it has interrupted an open or a close, hooks included. What
 * leakwatch was doing must be whole afterwards: no lock held, no memory half-written.
 *
 * expect: fd-leak count=3 call=open function=forget line=forget
 */
#include "program.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/time.h>

enum { JUMPS = 1000, HIGHEST = 4096 };

static sigjmp_buf back;

static void jump(int number)
{
    (void)number;
    siglongjmp(back, 1);
}

static int forget(void)
{
    return must(open("work.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:forget */
}

static void open_and_close(int depth)
{
    if (depth > 0) {
        open_and_close(depth - 1);
        return;
    }
    int number = open("/dev/null", O_RDONLY);
    if (number >= 0)
        close(number);
}

static void interrupt_after(int microseconds)
{
    struct itimerval timer = {{0, 0}, {0, microseconds}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

int main(void)
{
    struct sigaction action = {.sa_handler = jump};
    sigaction(SIGALRM, &action, NULL);
    for (volatile int i = 0; i < JUMPS; i++)
        if (sigsetjmp(back, 1) == 0) {
            interrupt_after(50 + i % 100);
            for (int depth = 0;; depth = (depth + 1) % 40)
                open_and_close(depth);
        }
    for (int number = 3; number < HIGHEST; number++)
        close(number); /* what was jumped over between open and close */
    static const struct deed deeds[] = {{forget, 1, 3}};
    do_deeds(deeds, COUNT(deeds));
    free(malloc(100));
    puts("came through");
    return 0;
}
