/* Duplicates made by dup, dup2, dup3 and fcntl; the original is closed and its copies are forgotten, or replaced.
 *
 * expect: fd-leak count=3 call=dup function=by_dup line=dup
 * expect: fd-leak count=5 call=fcntl function=by_fcntl
 * expect: fd-leak count=3 call=fcntl function=by_fcntl_cloexec
 * expect: fd-leak count=1 call=dup2 function=by_dup2
 * expect: fd-leak count=1 call=dup3 function=by_dup3
 */
#include "program.h"

static int original;

static int by_dup(void)
{
    return must(dup(original), "dup"); /* leak:dup */
}

static int by_fcntl(void)
{
    return must(fcntl(original, F_DUPFD, 50), "F_DUPFD");
}

static int by_fcntl_cloexec(void)
{
    return must(fcntl(original, F_DUPFD_CLOEXEC, 90), "F_DUPFD_CLOEXEC");
}

/* The second time, the number is taken: what was there is replaced, and the count does not grow. */
static int by_dup2(void)
{
    must(dup2(original, 120), "dup2");
    return must(dup2(original, 120), "dup2");
}

static int by_dup3(void)
{
    return must(dup3(original, 130, O_CLOEXEC), "dup3");
}

/* None of these makes anything: the same number, a number that is not open, a number beyond the limit. */
static void make_nothing(void)
{
    if (dup2(original, original) != original)
        puts("dup2 onto itself moved");
    if (dup3(original, original, 0) >= 0 || dup2(777, 121) >= 0 || dup2(original, -1) >= 0 || dup(777) >= 0)
        puts("a duplicate of nothing");
    if (fcntl(original, F_GETFD) != 0)
        puts("the original has changed");
}

int main(void)
{
    static const struct deed deeds[] = {
        {by_dup, 9, 3}, {by_fcntl, 2, 5}, {by_fcntl_cloexec, 1, 3}, {by_dup2, 1, 1}, {by_dup3, 3, 1}};
    original = must(open("original.txt", O_RDWR | O_CREAT, 0600), "open");
    make_nothing();
    do_deeds(deeds, COUNT(deeds));
    must(close(original), "close");
    return 0;
}
