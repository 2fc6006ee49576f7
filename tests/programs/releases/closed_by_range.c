/* Closes by close_range what it goes on to close and to use: one number, a few that are all its own, and what is below a
 * stream are releases like others. A range that covers many numbers of nothing is a sweep, and so are the small ones
 * between what the same function keeps: neither is a mistake of anybody.
 *
 * expect: double-close count=1 call=close type=file detail=*ranged.txt error=EBADF released=close_one first=close_one
 *         function=take at=one level=error
 * expect: double-close count=5 call=close type=file released=close_each first=close_few at=each level=error
 * expect: double-close count=1 call=close type=file released=close_raw first=close_raw at=raw level=error
 * expect: use-after-close count=1 call=read type=file error=EBADF used=read_late first=read_late at=read level=error
 * expect: foreign-close count=1 call=close_range type=stream function=close_below at=below
 */
#include "program.h"

#include <sys/syscall.h>

enum { FEW = 5 };

static int __attribute__((noinline)) take(void)
{
    return must(open("ranged.txt", O_RDWR | O_CREAT | O_CLOEXEC, 0600), "open");
}

static void close_range_of(int first, int last)
{
    must(close_range((unsigned)first, (unsigned)last, 0), "close_range");
}

static void __attribute__((noinline)) close_one(void)
{
    int fd = take();
    must(close_range((unsigned)fd, (unsigned)fd, 0), "close_range");
    if (close(fd) == 0) /* wrong:one */
        puts("the second close worked");
}

static void __attribute__((noinline)) close_few(int first)
{
    must(close_range((unsigned)first, (unsigned)first + FEW - 1, 0), "close_range");
}

/* Not one after the other, which would be a loop over numbers. */
static void __attribute__((noinline)) close_each(int first)
{
    static const int order[FEW] = {0, 2, 4, 1, 3};
    for (volatile int i = 0; i < FEW; i++)
        if (close(first + order[i]) == 0) /* wrong:each */
            puts("the second close worked");
}

static void __attribute__((noinline)) close_raw(void)
{
    int fd = take();
    must((int)syscall(SYS_close_range, fd, fd, 0), "SYS_close_range");
    if (close(fd) == 0) /* wrong:raw */
        puts("the second close worked");
}

static void __attribute__((noinline)) read_late(void)
{
    int fd = take();
    char byte;
    must(close_range((unsigned)fd, (unsigned)fd, 0), "close_range");
    if (read(fd, &byte, 1) != -1) /* wrong:read */
        puts("it can be read");
}

static void __attribute__((noinline)) close_below(void)
{
    FILE *stream = must_have(fopen("ranged.txt", "r"), "fopen"); /* leak:stream */
    unsigned fd = (unsigned)fileno(stream);
    must(close_range(fd, fd, 0), "close_range"); /* wrong:below */
    if (fclose(stream) == 0)
        puts("it was open below");
}

/* Everything but two, as helpers do before they exec. */
static void __attribute__((noinline)) close_all_but(int low, int high)
{
    must(close_range(3, (unsigned)low - 1, 0), "close_range");
    must(close_range((unsigned)low + 1, (unsigned)high - 1, 0), "close_range");
    must(close_range((unsigned)high + 1, ~0U, 0), "close_range");
}

static void __attribute__((noinline)) sweep(void)
{
    int fds[7];
    for (int i = 0; i < (int)COUNT(fds); i++)
        fds[i] = take();
    close_all_but(fds[2], fds[5]);
    if (close(fds[4]) == 0 || close(fds[0]) == 0 || lseek(fds[3], 0, SEEK_SET) == 0 || close(fds[6]) == 0)
        puts("not all are closed");
    must(close(fds[2]), "close");
    must(close(fds[5]), "close");
    int fd = take();
    close_range_of(fd, fd + 20);
    if (close(fd) == 0)
        puts("it was not swept");
}

int main(void)
{
    close_one();
    int first = take();
    for (int i = 1; i < FEW; i++)
        must(take() == first + i ? 0 : -1, "the next number");
    close_few(first);
    close_each(first);
    close_raw();
    read_late();
    close_below();
    sweep();
    return 0;
}
