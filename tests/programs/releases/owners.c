/* Descriptors with owners: each is closed by its own, but one by another and one by somebody who names nobody.
 *
 * expect: foreign-close count=1 call=close type=file detail=owned.txt function=open_owned released=take_over
 *         later=*tag\ is\ 0x7,\ the\ close\ came\ with\ 0x8
 * expect: foreign-close count=2 call=close function=open_owned released=close_plainly later=*tag\ is\ 0x7*came\ with\ none
 * expect: foreign-close count=1 call=fclose function=open_owned released=close_stream later=*tag\ is\ 0x7*came\ with\ none
 */
#include "program.h"

#include "leakwatch/leakwatch.h"

enum { CACHE = 7, OTHER = 8 };

static int __attribute__((noinline)) open_owned(void)
{
    int fd = must(open("owned.txt", O_RDWR | O_CREAT, 0600), "open");
    leakwatch_own(fd, CACHE);
    return fd;
}

static void __attribute__((noinline)) take_over(int fd)
{
    must(leakwatch_close_owned(fd, OTHER), "leakwatch_close_owned");
}

static void __attribute__((noinline)) close_plainly(int fd)
{
    must(close(fd), "close");
}

/* The owner finds it closed: that is no second mistake. */
static void closed_before_its_owner(void)
{
    int fd = open_owned();
    close_plainly(fd);
    if (leakwatch_close_owned(fd, CACHE) != -1)
        puts("it was open");
}

static void __attribute__((noinline)) close_stream(FILE *stream)
{
    must(fclose(stream), "fclose");
}

int main(void)
{
    closed_before_its_owner();
    close_stream(must_have(fdopen(open_owned(), "w"), "fdopen"));
    for (int i = 0; i < 5; i++)
        must(leakwatch_close_owned(open_owned(), CACHE), "leakwatch_close_owned");
    take_over(open_owned());
    close_plainly(open_owned());
    int fd = open_owned();
    leakwatch_own(fd, 0);
    close_plainly(fd);
    return 0;
}
