/* Sockets of several families, pairs, and what accept4 makes; the details tell what each one was for.
 *
 * expect: fd-leak count=3 call=socket function=speak_udp type=socket
 * expect: fd-leak count=1 call=socket function=serve type=socket detail=*127.0.0.1*
 * expect: fd-leak count=5 call=accept4 function=take line=take type=socket
 * expect: fd-leak count=5 call=socket function=call_in type=socket detail=*127.0.0.1*
 * expect: fd-leak count=6 call=socketpair function=couple type=socketpair
 * expect: fd-leak count=1 call=socket function=speak_locally detail=*meeting-point*
 */
#include "program.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_in here = {.sin_family = AF_INET};
static int server;

static int speak_udp(void)
{
    return must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
}

static int serve(void)
{
    socklen_t length = sizeof here;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    must(bind(fd, (struct sockaddr *)&here, sizeof here), "bind");
    must(getsockname(fd, (struct sockaddr *)&here, &length), "getsockname");
    must(listen(fd, 16), "listen");
    return fd;
}

static int call_in(void)
{
    int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    must(connect(fd, (struct sockaddr *)&here, sizeof here), "connect");
    return fd;
}

static int take(void)
{
    return must(accept4(server, NULL, NULL, SOCK_CLOEXEC), "accept4"); /* leak:take */
}

/* One end is closed in every second round: 4 + 2 stay. */
static void couple(void)
{
    for (int i = 0; i < 4; i++) {
        int ends[2];
        must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
        if (i % 2 == 1)
            must(close(ends[0]), "close");
    }
}

static int speak_locally(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "meeting-point"};
    int fd = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    must(bind(fd, (struct sockaddr *)&address, sizeof address), "bind");
    return fd;
}

int main(void)
{
    static const struct deed deeds[] = {{speak_udp, 3, 3}, {call_in, 0, 5}, {take, 0, 5}, {speak_locally, 0, 1}};
    server = serve();
    do_deeds(deeds, COUNT(deeds));
    couple();
    return 0;
}
