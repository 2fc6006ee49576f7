/* Closed numbers are handed out as late as possible: who uses one finds it closed although something else was opened since.
 * All else is as it was: numbers that select can take, standard ones where they belong, flags, ends of pipes, record locks,
 * children, programs executed, a full table.
 *
 * settings: reuse=late
 * expect: use-after-close count=300 call=lseek type=file detail=/dev/zero used=use_stale first=use_stale function=use_stale
 * expect: use-after-close count=1 call=recv type=socketpair used=talk
 * expect: use-after-close count=1 call=lseek type=file used=read_on
 * expect: fd-exhausted count=1 call=open
 */
#include "program.h"

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>

static int out_of_range;

static int checked(int fd)
{
    out_of_range += fd < 0 || fd >= FD_SETSIZE;
    return fd;
}

static void __attribute__((noinline)) use_stale(void)
{
    int fd = checked(open("/dev/zero", O_RDONLY));
    must(close(fd), "close");
    int other = checked(open("/dev/null", O_RDONLY));
    lseek(fd, 0, SEEK_SET);
    must(close(other), "close");
}

static void __attribute__((noinline)) talk(void)
{
    int ends[2], others[2];
    char byte;
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    if (send(ends[0], "x", 1, 0) != 1 || recv(ends[1], &byte, 1, 0) != 1)
        puts("nothing arrived");
    must(close(ends[0]), "close");
    must(close(ends[1]), "close");
    must(pipe2(others, O_NONBLOCK), "pipe2");
    recv(checked(ends[0]), &byte, 1, 0);
    if (write(others[1], "x", 1) != 1 || read(others[0], &byte, 1) != 1)
        puts("nothing arrived");
    must(close(checked(others[0])), "close");
    must(close(checked(others[1])), "close");
}

static void __attribute__((noinline)) read_on(void)
{
    int fd = checked(open("/dev/zero", O_RDONLY));
    must(close(fd), "close");
    FILE *stream = must_have(fopen("/dev/null", "w"), "fopen");
    if (fprintf(stream, "hello\n") != 6 || fflush(stream) != 0)
        puts("nothing was written");
    checked(fileno(stream));
    lseek(fd, 0, SEEK_SET);
    must(fclose(stream), "fclose");
}

static void flags_stay(void)
{
    int one = must(open("/dev/null", O_RDONLY | O_CLOEXEC), "open"), two = must(open("/dev/null", O_RDONLY), "open");
    int three = must(dup(one), "dup"), four = must(fcntl(two, F_DUPFD_CLOEXEC, 100), "fcntl");
    printf("%d %d %d %d, %d\n", fcntl(one, F_GETFD), fcntl(two, F_GETFD), fcntl(three, F_GETFD), fcntl(four, F_GETFD),
           four >= 100);
    must(dup2(one, two), "dup2");
    for (int i = 0; i < 4; i++)
        must(close((int[]){one, two, three, four}[i]), "close");
}

static void standard_input_is_replaced(void)
{
    must(close(0), "close");
    printf("standard input is %d\n", open("/dev/null", O_RDONLY));
}

static bool is_locked_for_a_child(void)
{
    fflush(stdout);
    pid_t pid = must(fork(), "fork");
    if (pid == 0) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        int fd = open("locked.txt", O_RDWR);
        int status = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
        must(close(fd), "close");
        _exit(status);
    }
    return end_of(pid) == 1;
}

static void locks_stay(void)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = must(open("locked.txt", O_RDWR | O_CREAT, 0600), "open");
    must(fcntl(fd, F_SETLK, &lock), "fcntl");
    int again = must(open("locked.txt", O_RDWR), "open"), copy = must(dup(fd), "dup");
    puts(is_locked_for_a_child() ? "locked" : "not locked");
    must(close(copy), "close");
    must(close(again), "close");
    must(close(fd), "close");
}

static void another_is_executed(void)
{
    fflush(stdout);
    pid_t pid = must(fork(), "fork");
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", "exec 5</dev/null; read x <&5; (exit 3)", NULL);
        _exit(1);
    }
    printf("the shell ended with %d\n", end_of(pid));
}

static void table_is_full(void)
{
    const struct rlimit few = {24, 24};
    int fds[24], count = 0;
    must(setrlimit(RLIMIT_NOFILE, &few), "setrlimit");
    while ((fds[count] = open("/dev/null", O_RDONLY)) >= 0)
        count++;
    printf("%d more, then %d\n", count, errno);
    while (count > 0)
        must(close(fds[--count]), "close");
}

int main(void)
{
    for (int i = 0; i < 300; i++)
        use_stale();
    talk();
    read_on();
    for (int i = 0; i < 3000; i++)
        must(close(checked(open("/dev/null", O_RDONLY))), "close");
    flags_stay();
    standard_input_is_replaced();
    another_is_executed();
    table_is_full();
    locks_stay();
    printf("%d out of range\n", out_of_range);
    return 0;
}
