/* Threads cancelled in accept, and in close before it has closed: the first acquires nothing, the second leaves its
 * descriptor open.
 *
 * expect: fd-leak count=3 call=open function=close_cancelled line=cancelled type=file
 * expect: fd-leak count=3 call=open function=open_in_cleanup type=file
 */
#include "program.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static int server;

static void *accept_forever(void *nothing)
{
    for (;;)
        must(close(accept(server, NULL, NULL)), "accept");
    return nothing;
}

/* The cancellation is pending when close begins, and acts before the system call. */
static void *close_cancelled(void *number)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    int fd = must(open("cancel.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:cancelled */
    *(int *)number = fd;
    pthread_cancel(pthread_self());
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    close(fd);
    return NULL;
}

static void open_in_cleanup(void *nothing)
{
    (void)nothing;
    must(open("cancel.txt", O_RDWR | O_CREAT, 0600), "open");
}

/* A pipe that nobody writes to: fopen waits inside. The clean-up opens while the thread is being unwound. */
static void *fopen_forever(void *nothing)
{
    pthread_cleanup_push(open_in_cleanup, NULL);
    if (fopen("silent", "r") != NULL)
        puts("somebody writes");
    pthread_cleanup_pop(0);
    return nothing;
}

static void cancel_in(void *(*work)(void *), const char *name)
{
    pthread_t thread;
    void *result = NULL;
    must(-pthread_create(&thread, NULL, work, NULL), "pthread_create");
    usleep(20000);
    must(-pthread_cancel(thread), "pthread_cancel");
    must(-pthread_join(thread, &result), "pthread_join");
    printf("%s was %scancelled\n", name, result == PTHREAD_CANCELED ? "" : "not ");
}

static void cancel_in_close(void)
{
    pthread_t thread;
    int fd = -1;
    void *result = NULL;
    must(-pthread_create(&thread, NULL, close_cancelled, &fd), "pthread_create");
    must(-pthread_join(thread, &result), "pthread_join");
    printf("close was %scancelled, %s\n", result == PTHREAD_CANCELED ? "" : "not ",
           fcntl(fd, F_GETFD) >= 0 ? "the descriptor is open" : "the descriptor is closed");
}

int main(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "door"};
    server = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    must(bind(server, (struct sockaddr *)&address, sizeof address), "bind");
    must(listen(server, 1), "listen");
    must(mkfifo("silent", 0600), "mkfifo");
    for (int i = 0; i < 3; i++) {
        cancel_in(accept_forever, "accept");
        cancel_in(fopen_forever, "fopen");
        cancel_in_close();
    }
    must(close(server), "close");
    must(close(must(open("cancel.txt", O_RDONLY), "open")), "close");
    return 0;
}
