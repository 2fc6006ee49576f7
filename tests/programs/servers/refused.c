/* The classic leak of an error path: connect is refused, and the socket is never closed.
 *
 * expect: fd-leak count=3 call=socket function=dial line=dial type=socket detail=*127.0.0.1* later=*ECONNREFUSED*
 */
#include "program.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* A port at which nobody listens: bound, but not listening, for as long as this program runs. */
static struct sockaddr_in deaf_port(int *holder)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *holder = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    must(bind(*holder, (struct sockaddr *)&address, sizeof address), "bind");
    must(getsockname(*holder, (struct sockaddr *)&address, &length), "getsockname");
    return address;
}

static int dial(const struct sockaddr_in *address)
{
    int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket"); /* leak:dial */
    if (connect(fd, (const struct sockaddr *)address, sizeof *address) != 0)
        return -errno;
    return fd;
}

int main(void)
{
    int holder;
    struct sockaddr_in address = deaf_port(&holder);
    for (int i = 0; i < 3; i++)
        puts(strerror(-dial(&address)));
    must(close(holder), "close");
    return 0;
}
