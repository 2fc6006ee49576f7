/* Forked children that acquire nothing close twice, and use, what they have closed of their parent's: told at their end. No
 * mistakes are: what a child closes that then executes another program, sweeps over what it has closed before, a number
 * that it has put something else at, and what its parent had closed before it was forked.
 *
 * expect: double-close count=1 call=close type=file detail=*parent.txt error=EBADF released=close_twice first=close_twice
 *         at=twice level=error
 * expect: double-close count=3 call=close type=file error=EBADF released=close_late first=close_early at=late level=error
 * expect: use-after-close count=1 call=read type=file detail=*parent.txt error=EBADF used=use_late first=use_late at=read
 *         level=error
 * expect: use-after-close count=1 call=fsync type=file error=EBADF used=use_late first=use_late at=sync level=error
 */
#include "program.h"

static int fd;

static void __attribute__((noinline)) close_twice(void)
{
    must(close(fd), "close");
    if (close(fd) == 0) /* wrong:twice */
        puts("it was open");
}

static void __attribute__((noinline)) close_early(void)
{
    must(close(fd), "close");
}

static void __attribute__((noinline)) close_late(void)
{
    for (volatile int i = 0; i < 3; i++)
        if (close(fd) == 0) /* wrong:late */
            puts("it was open");
}

/* It ends by exit, whose handlers run. */
static void close_and_exit(void)
{
    close_early();
    close_late();
    exit(0);
}

static void __attribute__((noinline)) use_late(void)
{
    char byte;
    must(close(fd), "close");
    if (read(fd, &byte, 1) != -1) /* wrong:read */
        puts("it can be read");
    if (fsync(fd) == 0) /* wrong:sync */
        puts("it can be written out");
}

/* ---- No mistakes ---- */

static void execute(void)
{
    must(close(fd), "close");
    close(fd);
    execlp("true", "true", (char *)NULL);
    close(fd);
}

static void fail_to_execute(void)
{
    must(close(fd), "close");
    close(fd);
    execl("/nonexistent/program", "program", (char *)NULL);
    close(fd);
}

static void sweep_up(void)
{
    must(close(fd), "close");
    for (int i = 3; i < 300; i++)
        close(i);
}

static void sweep_down(void)
{
    must(close(fd), "close");
    for (int i = 2000; i > 2; i--)
        close(i);
}

static void sweep_twice(void)
{
    for (int turn = 0; turn < 2; turn++)
        for (int i = 3; i < 64; i++)
            close(i);
}

static void probe(void)
{
    must(close(fd), "close");
    for (int i = 3; i < 64; i++)
        if (fcntl(i, F_GETFD) != -1)
            puts("it is open");
}

static void sweep_at_once(void)
{
    must(close_range(3, ~0U, 0), "close_range");
    close(fd);
}

static void replace(void)
{
    must(close(fd), "close");
    must(dup2(0, fd), "dup2");
    must(close(fd), "close");
}

static void in_child(void (*work)(void))
{
    fflush(stdout);
    pid_t pid = must(fork(), "fork");
    if (pid == 0) {
        work();
        _exit(0);
    }
    if (end_of(pid) != 0)
        puts("a child failed");
}

/* Its number is free when the child is forked. */
static void close_of_parent(void)
{
    int gone = must(dup(fd), "dup");
    must(close(gone), "close");
    fflush(stdout);
    pid_t pid = must(fork(), "fork");
    if (pid == 0) {
        close(gone);
        _exit(0);
    }
    end_of(pid);
}

int main(void)
{
    void (*const ways[])(void) = {close_twice, close_and_exit, use_late, execute,       fail_to_execute, sweep_up,
                                  sweep_down,  sweep_twice,    probe,    sweep_at_once, replace};
    fd = must(open("parent.txt", O_RDWR | O_CREAT, 0600), "open");
    for (size_t i = 0; i < COUNT(ways); i++)
        in_child(ways[i]);
    close_of_parent();
    must(close(fd), "close");
    return 0;
}
