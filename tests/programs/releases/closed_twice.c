/* Closes what has been closed: a file by its helper and again by its owner, a duplicate, a socket by another thread.
 *
 * expect: double-close count=7 call=close type=file detail=twice.txt error=EBADF released=use_file first=finish function=use_file
 *         at=file line=file level=error
 * expect: double-close count=3 call=close type=file released=use_copies first=use_copies function=use_copies at=copy
 * expect: double-close count=1 call=close type=socket released=close_again first=main later=first\ by\ thread\ *
 * expect: double-close count=3 call=close type=file released=put_away first=put_away function=take_first
 *         at=reused later=the\ number\ had\ been\ given\ out\ again\ in\ between,\ for\ reused.txt
 */
#include "program.h"

#include <pthread.h>
#include <sys/socket.h>

static void finish(int fd)
{
    must(close(fd), "close");
}

static void use_file(void)
{
    int fd = must(open("twice.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:file */
    finish(fd);
    if (close(fd) == 0) /* wrong:file */
        puts("the second close worked");
}

static void use_copies(void)
{
    int fd = must(open("copied.txt", O_RDWR | O_CREAT, 0600), "open"), copy = must(dup(fd), "dup");
    must(close(copy), "close");
    if (close(copy) == 0) /* wrong:copy */
        puts("the second close worked");
    must(close(fd), "close");
}

static int __attribute__((noinline)) take_first(void)
{
    return must(open("first.txt", O_RDWR | O_CREAT, 0600), "open");
}

static int __attribute__((noinline)) take_second(void)
{
    return must(open("reused.txt", O_RDWR | O_CREAT, 0600), "open");
}

static void __attribute__((noinline)) put_away(int fd)
{
    must(close(fd), "close"); /* wrong:reused */
}

/* The second close of the first one works: the number is the second one's by then, whose owner finds it closed. */
static void reuse(void)
{
    int first = take_first();
    put_away(first);
    int second = take_second();
    put_away(first);
    if (close(second) == 0)
        puts("nobody had closed it");
}

static void *close_again(void *fd)
{
    if (close(*(int *)fd) == 0)
        puts("the second close worked");
    return NULL;
}

int main(void)
{
    for (int i = 0; i < 7; i++)
        use_file();
    for (int i = 0; i < 3; i++)
        use_copies();
    for (int i = 0; i < 3; i++)
        reuse();
    int fd = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    must(close(fd), "close");
    pthread_t thread;
    must(-pthread_create(&thread, NULL, close_again, &fd), "pthread_create");
    pthread_join(thread, NULL);
    return 0;
}
