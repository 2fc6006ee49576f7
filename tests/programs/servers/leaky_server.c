/* A small web server with two mistakes, for a demonstration: a request for a page that does not exist takes a way out that
 * forgets the connection and the file that it had opened; everything else is given back. The client is a thread of the
 * same process; it asks for 1,000 pages, three of which do not exist, and then both end.
 *
 * expect: fd-leak count=3 call=accept4 function=take_connection line=accept type=socket detail=*127.0.0.1*
 * expect: stream-leak count=3 call=fopen function=open_page line=page detail=*missing.html
 * expect: fd-leak count=1 call=socket function=connect_to_upstream line=upstream later=*ECONNREFUSED*
 */
#include "program.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

enum { REQUESTS = 1000 };

struct request {
    int connection;
    FILE *page;
    char path[64];
};

static struct sockaddr_in address = {.sin_family = AF_INET};

/* ---- The server -------------------------------------------------------------------------------------------------- */

static int listen_locally(void)
{
    socklen_t length = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int server = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    must(bind(server, (struct sockaddr *)&address, sizeof address), "bind");
    must(getsockname(server, (struct sockaddr *)&address, &length), "getsockname");
    must(listen(server, 128), "listen");
    return server;
}

static int take_connection(int server)
{
    return must(accept4(server, NULL, NULL, SOCK_CLOEXEC), "accept4"); /* leak:accept */
}

static void read_request(struct request *request)
{
    char line[128] = "";
    must((int)read(request->connection, line, sizeof line - 1), "read");
    if (sscanf(line, "GET /%63s", request->path) != 1)
        request->path[0] = '\0';
}

/* Every missing page is made on the spot, empty: so there is a file for the error path to forget. */
static FILE *open_page(const char *path)
{
    return must_have(fopen(path, strstr(path, "missing") != NULL ? "w+" : "r"), "fopen"); /* leak:page */
}

static void say(int connection, const char *answer)
{
    must((int)write(connection, answer, strlen(answer)), "write");
}

static int serve_page(struct request *request)
{
    char text[64];
    request->page = open_page(request->path);
    if (fgets(text, sizeof text, request->page) == NULL) {
        say(request->connection, "HTTP/1.0 404 Not Found\r\n\r\n");
        shutdown(request->connection, SHUT_WR);
        return -1; /* the mistake: neither the page nor the connection is closed */
    }
    say(request->connection, "HTTP/1.0 200 OK\r\n\r\n");
    say(request->connection, text);
    must(fclose(request->page), "fclose");
    return 0;
}

static void handle_request(int server)
{
    struct request request = {.connection = take_connection(server)};
    read_request(&request);
    if (serve_page(&request) != 0)
        return;
    must(close(request.connection), "close");
}

/* A statistics service that nobody has started. */
static int connect_to_upstream(void)
{
    struct sockaddr_in upstream = {.sin_family = AF_INET, .sin_port = htons(1)};
    upstream.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket"); /* leak:upstream */
    if (connect(fd, (struct sockaddr *)&upstream, sizeof upstream) != 0)
        return -1; /* the other mistake */
    return fd;
}

/* ---- The client -------------------------------------------------------------------------------------------------- */

static int is_missing(int number)
{
    return number % 300 == 299;
}

static void ask_for(const char *path)
{
    char answer[256];
    int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    must(connect(fd, (struct sockaddr *)&address, sizeof address), "connect");
    must(dprintf(fd, "GET /%s HTTP/1.0\r\n\r\n", path), "dprintf");
    while (read(fd, answer, sizeof answer) > 0)
        continue;
    must(close(fd), "close");
}

static void *browse(void *nothing)
{
    for (int i = 0; i < REQUESTS; i++)
        ask_for(is_missing(i) ? "missing.html" : "index.html");
    return nothing;
}

static void write_index(void)
{
    FILE *index = must_have(fopen("index.html", "w"), "fopen");
    fputs("It works.\n", index);
    must(fclose(index), "fclose");
}

/* In a directory of its own, wherever it is started. */
static void enter(char *directory)
{
    must_have(mkdtemp(directory), "mkdtemp");
    must(chdir(directory), "chdir");
    write_index();
}

static void leave(const char *directory)
{
    must(unlink("index.html"), "unlink");
    must(unlink("missing.html"), "unlink");
    must(rmdir(directory), "rmdir");
}

int main(void)
{
    pthread_t browser;
    char directory[] = "/tmp/leaky_server.XXXXXX";
    enter(directory);
    int server = listen_locally();
    must(-pthread_create(&browser, NULL, browse, NULL), "pthread_create");
    if (connect_to_upstream() < 0)
        puts("no statistics today");
    for (int i = 0; i < REQUESTS; i++)
        handle_request(server);
    must(-pthread_join(browser, NULL), "pthread_join");
    must(close(server), "close");
    leave(directory);
    puts("served 1,000 requests");
    return 0;
}
