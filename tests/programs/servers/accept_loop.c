/* A server with an accept loop and a client thread: of 1,001 connections three are never closed, because the error path
 * forgets them. The contrast with the closed siblings is what makes such a leak easy to find.
 *
 * expect: fd-leak count=3 call=accept function=serve line=accept type=socket detail=*127.0.0.1*
 */
#include "program.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

enum { CONNECTIONS = 1001 };

static struct sockaddr_in here = {.sin_family = AF_INET};

static int listening(void)
{
    socklen_t length = sizeof here;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    must(bind(fd, (struct sockaddr *)&here, sizeof here), "bind");
    must(getsockname(fd, (struct sockaddr *)&here, &length), "getsockname");
    must(listen(fd, 64), "listen");
    return fd;
}

static void *visit(void *nothing)
{
    for (int i = 0; i < CONNECTIONS; i++) {
        char word = i % 300 == 299 ? '?' : 'h';
        int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
        must(connect(fd, (struct sockaddr *)&here, sizeof here), "connect");
        must((int)write(fd, &word, 1), "write");
        if (word == 'h')
            must((int)read(fd, &word, 1), "read");
        must(close(fd), "close");
    }
    return nothing;
}

/* 0: answered and closed; -1: the request was not understood. */
static int answer(int fd)
{
    char word = 0;
    must((int)read(fd, &word, 1), "read");
    if (word != 'h')
        return -1;
    must((int)write(fd, &word, 1), "write");
    return close(fd);
}

static int serve(int server)
{
    int misunderstood = 0;
    for (int i = 0; i < CONNECTIONS; i++) {
        int fd = must(accept(server, NULL, NULL), "accept"); /* leak:accept */
        if (answer(fd) < 0)
            misunderstood++;
    }
    return misunderstood;
}

int main(void)
{
    pthread_t client;
    int server = listening();
    must(-pthread_create(&client, NULL, visit, NULL), "pthread_create");
    int misunderstood = serve(server);
    pthread_join(client, NULL);
    close(server);
    printf("%d requests were not understood\n", misunderstood);
    return 0;
}
