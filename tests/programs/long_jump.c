/* longjmp out of the region between open and close, out of a signal handler, and out of a callback of the C library.
 *
 * expect: fd-leak count=3 call=open function=parse line=parse type=file
 * expect: fd-leak count=1 call=open function=on_signal type=file
 * expect: fd-leak count=1 call=open function=compare type=file
 */
#include "program.h"

#include <setjmp.h>
#include <signal.h>

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
    puts("came back five times");
    return 0;
}
