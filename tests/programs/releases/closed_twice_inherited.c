/* Closes twice what it did not open: standard input, and what its parent had opened, in a child that has books of its own.
 *
 * expect: double-close count=1 call=close error=EBADF released=close_again first=close_input level=warning
 * expect: double-close count=1 call=close type=file detail=*parent.txt error=EBADF released=close_in_child first=close_in_child
 *         at=child level=error
 */
#include "program.h"

static void __attribute__((noinline)) close_again(int fd)
{
    if (close(fd) == 0)
        puts("it was open");
}

static void __attribute__((noinline)) close_input(void)
{
    must(close(0), "close");
}

static void __attribute__((noinline)) close_in_child(int fd)
{
    must(close(fd), "close");
    if (close(fd) == 0) /* wrong:child */
        puts("it was open");
}

int main(void)
{
    int fd = must(open("parent.txt", O_RDWR | O_CREAT, 0600), "open");
    fflush(stdout);
    pid_t pid = must(fork(), "fork");
    if (pid == 0) {
        int own = must(open("child.txt", O_RDWR | O_CREAT, 0600), "open");
        close_in_child(fd);
        must(close(own), "close");
        _exit(0);
    }
    end_of(pid);
    must(close(fd), "close");
    fd = must(open("parent.txt", O_RDWR), "open");
    close_input();
    close_again(0);
    must(close(fd), "close");
    return 0;
}
