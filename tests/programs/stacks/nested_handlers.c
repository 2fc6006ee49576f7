/* A handler that may interrupt itself, and a timer that is faster than the walk of a stack: it rings while the handler's
 * first call is looked at. Each handler then stands on the one before, where every stack is new: if each new stack were
 * walked, the next handler would always come before the walk of the one before it was used, without end.
 *
 * expect: fd-leak count=1 call=open function=forget type=file
 */
#include "program.h"

#include <signal.h>
#include <sys/time.h>

enum { HANDLERS = 200, SOON = 20, TOO_DEEP = 60 };

static volatile sig_atomic_t depth, deepest, handlers;

/* By one shot, so that only a handler that is slow is interrupted. */
static void ring(int microseconds)
{
    must(setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {0, microseconds}}, NULL), "setitimer");
}

static void on_tick(int number)
{
    (void)number;
    int saved = errno;
    depth++;
    handlers++;
    if (depth > deepest)
        deepest = depth;
    if (depth > TOO_DEEP) /* it would go on until the stack is full */
        _exit(97);
    ring(SOON);
    int fd = open("signal.txt", O_RDONLY);
    ring(0);
    if (fd < 0 || close(fd) != 0)
        _exit(96);
    depth--;
    errno = saved;
}

static int forget(void)
{
    return must(open("signal.txt", O_RDONLY), "open");
}

/* Interrupted further and further down, where no stack is known yet. */
static int descend(int levels)
{
    volatile char frame[256];
    frame[0] = (char)levels;
    must(raise(SIGALRM), "raise");
    return levels > 0 ? descend(levels - 1) + frame[0] : 0;
}

int main(void)
{
    must(close(creat("signal.txt", 0600)), "creat");
    struct sigaction on_alarm = {.sa_handler = on_tick, .sa_flags = SA_RESTART | SA_NODEFER};
    must(sigaction(SIGALRM, &on_alarm, NULL), "sigaction");
    descend(HANDLERS);
    forget();
    puts(handlers >= HANDLERS ? "still here" : "no handler ran");
    return 0;
}
