/* Calls that fail with EBADF, none of which uses what has been closed: open for another kind of access; asked whether it is
 * open; numbers that were never open, or that a loop, a bulk close or a parent has closed; the standard ones; and one that
 * is closed and open again without the C library. No finding.
 */
#include "program.h"

#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define HIGH 48

static int take(int flags)
{
    return must(open("open.txt", O_CREAT | O_CLOEXEC | flags, 0600), "open");
}

static void wrong_access(void)
{
    char byte;
    int reader = take(O_RDONLY), writer = take(O_WRONLY);
    must(close(take(O_RDONLY)), "close");
    if (write(reader, "x", 1) != -1 || errno != EBADF || read(writer, &byte, 1) != -1 || errno != EBADF)
        puts("a wrong kind of access worked");
    must(close(reader), "close");
    must(close(writer), "close");
}

/* Numbers are open and closed in turn. */
static void make_gaps(void)
{
    int fds[12];
    for (int i = 0; i < 12; i++)
        fds[i] = take(O_RDONLY);
    for (int i = 0; i < 12; i += 3)
        must(close(fds[i]), "close");
    int open_ones = 0;
    struct stat status;
    for (int fd = 3; fd < HIGH; fd++)
        open_ones += fstat(fd, &status) == 0;
    for (int fd = 3; fd < HIGH; fd++)
        open_ones += fcntl(fd, F_GETFD) != -1;
    for (int fd = HIGH - 1; fd > 2; fd--)
        if (fcntl(fd, F_SETFD, FD_CLOEXEC) != -1)
            open_ones++;
    printf("%d open\n", open_ones);
    for (int i = 0; i < 12; i++)
        if (i % 3 != 0)
            must(close(fds[i]), "close");
    if (fcntl(fds[0], F_GETFD) != -1 || fcntl(fds[1], F_GETFL) != -1)
        puts("still open");
}

static void __attribute__((noinline)) close_all(void)
{
    for (int fd = 3; fd < HIGH; fd++)
        close(fd);
}

/* A library's descriptor, closed by one who becomes a daemon. */
static void closed_by_a_loop(void)
{
    int log = take(O_WRONLY);
    close_all();
    if (write(log, "x", 1) != -1)
        puts("the log is open");
    log = take(O_WRONLY);
    closefrom(3);
    if (write(log, "x", 1) != -1)
        puts("the log is open");
}

static void standard_ones(void)
{
    int copy = must(dup(0), "dup");
    must(close(0), "close");
    char byte;
    if (read(0, &byte, 1) != -1)
        puts("standard input is open");
    must(dup2(copy, 0), "dup2");
    must(close(copy), "close");
}

static void opened_unseen(void)
{
    int fd = take(O_RDWR);
    must(close(fd), "close");
    long unseen;
#ifdef __x86_64__
    __asm__ volatile("syscall" : "=a"(unseen) : "0"(SYS_dup), "D"(0L) : "rcx", "r11", "memory");
    if (unseen == fd && lseek(fd, 0, 99) == 0)
        puts("it can be moved so");
    __asm__ volatile("syscall"
                     : "=a"(unseen)
                     : "0"(SYS_openat), "D"(-100L), "S"("open.txt"), "d"((long)O_RDONLY)
                     : "rcx", "r11", "memory");
    if (unseen > 2 && write((int)unseen, "x", 1) != -1)
        puts("it can be written to");
    __asm__ volatile("syscall" : "=a"(unseen) : "0"(SYS_close), "D"(unseen) : "rcx", "r11", "memory");
    __asm__ volatile("syscall" : "=a"(unseen) : "0"(SYS_close), "D"((long)fd) : "rcx", "r11", "memory");
#endif
}

/* What the parent had closed, and the child, which begins its own books, has never seen. */
static void closed_by_parent(void)
{
    int fd = take(O_RDWR), other = take(O_RDWR);
    must(close(fd), "close");
    fflush(stdout);
    pid_t pid = must(fork(), "fork");
    if (pid == 0) {
        int own = must(dup2(other, 30), "dup2");
        if (write(fd, "x", 1) != -1)
            _exit(1);
        close(own);
        _exit(0);
    }
    end_of(pid);
    must(close(other), "close");
}

int main(void)
{
    struct pollfd never = {.fd = 700, .events = POLLIN};
    wrong_access();
    make_gaps();
    closed_by_a_loop();
    standard_ones();
    opened_unseen();
    closed_by_parent();
    if (poll(&never, 1, 0) != 1 || write(701, "x", 1) != -1 || lseek(-1, 0, SEEK_SET) != -1)
        puts("what was never open is");
    return 0;
}
