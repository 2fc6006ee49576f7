/* longjmp out of the region between open and close, out of a signal handler, and out of a callback of the C library.
 *
 * expect: fd-leak count=3 call=open function=parse line=parse type=file
 * expect: fd-leak count=1 call=open function=on_signal type=file
 * expect: fd-leak count=1 call=open function=compare type=file
 * expect: fd-leak count=2 call=open function=after_jump type=file
 */
#include "program.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>

static jmp_buf way_out;
static sigjmp_buf way_out_of_signal;

static void parse(int round)
{
    int fd = must(open("input.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:parse */
    if (round % 4 == 1)
        longjmp(way_out, 1);
    must(close(fd), "close");
}

static void on_signal(int number)
{
    (void)number;
    must(open("input.txt", O_RDONLY), "open");
    siglongjmp(way_out_of_signal, 1);
}

static int compare(const void *one, const void *other)
{
    (void)one;
    (void)other;
    must(open("input.txt", O_RDONLY), "open");
    longjmp(way_out, 1);
}

static void on_alarm(int number)
{
    (void)number;
    siglongjmp(way_out_of_signal, 1);
}

static void after_jump(void)
{
    must(close(must(open("input.txt", O_RDONLY), "open")), "close");
    must(open("input.txt", O_RDONLY), "open");
}

/* A pipe that nobody writes to: the call waits inside of fopen or open until the alarm jumps out of it. */
static void jump_out_of_blocked_calls(void)
{
    struct itimerval soon = {{0, 0}, {0, 20000}};
    static volatile int way;
    must(mkfifo("silent", 0600), "mkfifo");
    signal(SIGALRM, on_alarm);
    for (way = 0; way < 2; way++) {
        if (sigsetjmp(way_out_of_signal, 1) == 0) {
            must(setitimer(ITIMER_REAL, &soon, NULL), "setitimer");
            if (way == 0 && fopen("silent", "r") != NULL)
                puts("somebody writes");
            if (way == 1 && open("silent", O_RDONLY) >= 0)
                puts("somebody writes");
        }
        after_jump();
    }
}

int main(void)
{
    static volatile int round;
    for (round = 0; round < 12; round++)
        if (setjmp(way_out) == 0)
            parse(round);
    signal(SIGUSR1, on_signal);
    if (sigsetjmp(way_out_of_signal, 1) == 0)
        must(raise(SIGUSR1), "raise");
    int pair[2] = {2, 1};
    if (setjmp(way_out) == 0)
        qsort(pair, 2, sizeof pair[0], compare);
    jump_out_of_blocked_calls();
    puts("came back seven times");
    return 0;
}
