/* The service of checks.new_operator. It tells by HTTP what an article costs: each is a file in the directory of prices, and
 * an empty one is sold out.
 *
 *     shop PORT PRICES      until SIGTERM; port 0: any that is free
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listener;

/* The next accept4 says EINVAL. */
static void end(int number)
{
    (void)number;
    shutdown(listener, SHUT_RDWR);
}

static int must(int result, const char *call)
{
    if (result < 0) {
        perror(call);
        exit(1);
    }
    return result;
}

static int open_price(const char *article)
{
    return open(article, O_RDONLY | O_CLOEXEC); /* place: price */
}

static void answer(int connection, const char *status, const char *text)
{
    dprintf(connection, "HTTP/1.0 %s\r\nContent-Length: %zu\r\n\r\n%s", status, strlen(text), text);
}

static void tell_price(int connection, const char *article)
{
    char price[32] = "";
    int file = open_price(article);
    if (file < 0) {
        answer(connection, "404 Not Found", "");
        return;
    }
    if (read(file, price, sizeof price - 1) <= 0) {
#ifdef MENDED
        close(file);
#endif
        answer(connection, "410 Gone", "");
        return;
    }
    close(file);
    answer(connection, "200 OK", price);
}

static void serve(int connection)
{
    char request[1024] = "", article[32];
    if (read(connection, request, sizeof request - 1) > 0 && sscanf(request, "GET /%31[a-z]", article) == 1)
        tell_price(connection, article);
    else
        answer(connection, "400 Bad Request", "");
}

static void listen_at(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((in_port_t)port)};
    socklen_t length = sizeof address;
    const int on = 1;
    listener = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "setsockopt");
    must(bind(listener, (struct sockaddr *)&address, length), "bind");
    must(listen(listener, 128), "listen");
    must(getsockname(listener, (struct sockaddr *)&address, &length), "getsockname");
    printf("shop: http://127.0.0.1:%d/\n", ntohs(address.sin_port));
    fflush(stdout);
}

int main(int count, char **arguments)
{
    struct sigaction ending = {.sa_handler = end, .sa_flags = SA_RESTART};
    int connection;
    if (count != 3)
        return 2;
    must(chdir(arguments[2]), "chdir");
    listen_at(atoi(arguments[1]));
    must(sigaction(SIGTERM, &ending, NULL), "sigaction");
    while ((connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        serve(connection);
        close(connection);
    }
    if (errno != EINVAL)
        must(-1, "accept4");
    close(listener);
    return 0;
}
