/* Uses numbers that it has closed: each such call fails with EBADF, and is told with who closed it, whatever the call is.
 *
 * expect: use-after-close count=4 call=read type=file detail=used.txt error=EBADF used=read_late first=put_away
 *         function=take line=taken at=read level=error
 * expect: use-after-close count=12 call=send|lseek|fsync|listen|dup|fcntl|fdopen|fstat|__fxstat|ioctl|write|pwrite|fdopendir
 *         type=file used=use_all first=put_away function=take level=error
 * expect: use-after-close count=1 call=epoll_ctl type=file used=add_late level=error at=add
 * expect: use-after-close count=1 call=epoll_ctl type=file used=take_out_late level=note
 * expect: use-after-close count=1 call=epoll_ctl type=epoll used=use_set_late first=watch_late level=error at=set
 * expect: use-after-close count=2 call=select|poll type=file used=wait_late first=put_away level=error
 * expect: use-after-close count=1 call=write type=file detail=used.txt used=write_below first=write_below
 *         function=write_below at=below
 * expect: use-after-close count=1 call=recv type=socket used=receive first=main later=closed\ by\ thread\ *
 * expect-text: error: 4 files used after being closed, by read at *use_after_close.c:* in read_late ?use-after-close?
 * expect-text: *closed by:
 */
#include "program.h"

#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>

static int __attribute__((noinline)) take(void)
{
    return must(open("used.txt", O_RDWR | O_CREAT | O_CLOEXEC, 0600), "open"); /* leak:taken */
}

static int __attribute__((noinline)) put_away(int fd)
{
    must(close(fd), "close");
    return fd;
}

static void fails(long result, const char *what)
{
    if (result != -1 || errno != EBADF)
        printf("%s came to %ld, %d\n", what, result, errno);
    errno = 0;
}

static void __attribute__((noinline)) read_late(void)
{
    char byte;
    fails(read(put_away(take()), &byte, 1), "read"); /* wrong:read */
}

static void __attribute__((noinline)) use_all(void)
{
    struct stat status;
    int fd = put_away(take());
    fails(send(fd, "x", 1, 0), "send");
    fails(lseek(fd, 0, SEEK_SET), "lseek");
    fails(fsync(fd), "fsync");
    fails(listen(fd, 1), "listen");
    fails(dup(fd), "dup");
    fails(fcntl(fd, F_DUPFD, 3), "fcntl");
    fails(fdopen(fd, "r") ? 0 : -1, "fdopen");
    fails(fstat(fd, &status), "fstat");
    fails(ioctl(fd, FIONREAD, &(int){0}), "ioctl");
    fails(write(fd, "x", 1), "write");
    fails(pwrite(fd, "x", 1, 0), "pwrite");
    fails(fdopendir(fd) ? 0 : -1, "fdopendir");
}

static void __attribute__((noinline)) add_late(int set, int fd)
{
    fails(epoll_ctl(set, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN}), "add"); /* wrong:add */
}

/* It had gone from the set by itself. */
static void __attribute__((noinline)) take_out_late(int set, int fd)
{
    fails(epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL), "take out"); /* wrong:out */
}

static void __attribute__((noinline)) use_set_late(int set)
{
    fails(epoll_ctl(set, EPOLL_CTL_DEL, 0, NULL), "take out"); /* wrong:set */
}

static void __attribute__((noinline)) watch_late(void)
{
    int set = must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1"), fd = put_away(take());
    add_late(set, fd);
    take_out_late(set, fd);
    must(close(set), "close");
    use_set_late(set);
}

static void __attribute__((noinline)) wait_late(void)
{
    int fd = put_away(take());
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    fails(select(fd + 1, &set, NULL, NULL, NULL), "select");
    if (poll(&polled, 1, 0) != 1 || polled.revents != POLLNVAL || errno != 0)
        puts("poll did not see that it is closed");
}

/* The number below a stream is closed with it. */
static void __attribute__((noinline)) write_below(void)
{
    FILE *stream = must_have(fopen("used.txt", "w"), "fopen");
    int fd = fileno(stream);
    must(fclose(stream), "fclose");
    fails(write(fd, "x", 1), "write"); /* wrong:below */
}

static void *receive(void *fd)
{
    char byte;
    fails(recv(*(int *)fd, &byte, 1, 0), "recv");
    return NULL;
}

int main(void)
{
    for (int i = 0; i < 4; i++)
        read_late();
    use_all();
    watch_late();
    wait_late();
    write_below();
    int fd = must(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    must(close(fd), "close");
    pthread_t thread;
    must(-pthread_create(&thread, NULL, receive, &fd), "pthread_create");
    pthread_join(thread, NULL);
    return 0;
}
