/* Threads cancelled in accept, and in close before it has closed: the first acquires nothing, the second leaves its
 * descriptor open.
 *
 * expect: fd-leak count=3 call=open function=close_cancelled line=cancelled type=file
 */
#include "program.h"

#include <pthread.h>
#include <sys/socket.h>
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

static void cancel_in_accept(void)
{
    pthread_t thread;
    void *result = NULL;
    must(-pthread_create(&thread, NULL, accept_forever, NULL), "pthread_create");
    usleep(20000);
    must(-pthread_cancel(thread), "pthread_cancel");
    must(-pthread_join(thread, &result), "pthread_join");
    puts(result == PTHREAD_CANCELED ? "accept was cancelled" : "accept was not cancelled");
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
    for (int i = 0; i < 3; i++) {
        cancel_in_accept();
        cancel_in_close();
    }
    must(close(server), "close");
    must(close(must(open("cancel.txt", O_RDONLY), "open")), "close");
    return 0;
}
