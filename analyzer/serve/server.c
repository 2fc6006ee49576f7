/* An HTTP server that answers one after the other.
 *
 * DESIGN. One thread does it all, so that nothing need be locked: libmicrohttpd has none of its own, and says what to wait
 * for. Who takes too long, or asks for too much, is sent away. What is asked for is read only: GET and HEAD. */
#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/complain.h"
#include "base/heap.h"
#include "guests.h"
#include "pages.h"

enum { STAYING = 16, REQUEST = 16384 /* bytes */ };

struct server {
    struct MHD_Daemon *daemon;
    struct watchtower *watchtower;
    struct guests guests;
};

/* ---- Addresses --------------------------------------------------------------------------------------------------- */

static bool parse_port(const char *text, uint16_t *port)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return false;
    unsigned long number = strtoul(text, &end, 10);
    *port = (uint16_t)number;
    return *end == '\0' && number <= UINT16_MAX;
}

union place {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* The host without its brackets. */
static bool fill_place(union place *place, const char *host, uint16_t port)
{
    memset(place, 0, sizeof *place);
    if (host[0] == '[') {
        char *bare = heap__copied(host + 1), *end = strchr(bare, ']');
        bool is_closed = end != NULL && end[1] == '\0';
        if (is_closed)
            *end = '\0';
        bool is_address = is_closed && inet_pton(AF_INET6, bare, &place->v6.sin6_addr) == 1;
        free(bare);
        place->v6.sin6_family = AF_INET6;
        place->v6.sin6_port = htons(port);
        return is_address;
    }
    place->v4.sin_family = AF_INET;
    place->v4.sin_port = htons(port);
    return inet_pton(AF_INET, host, &place->v4.sin_addr) == 1;
}

static bool is_loopback(const union place *place)
{
    if (place->any.sa_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&place->v6.sin6_addr);
    return ntohl(place->v4.sin_addr.s_addr) >> 24 == 127;
}

bool server_address__parse(struct server_address *address, const char *text)
{
    const char *colon = strrchr(text, ':');
    union place place;
    if (colon == NULL || !parse_port(colon + 1, &address->port))
        return false;
    address->host = heap__copied(text);
    address->host[colon - text] = '\0';
    if (fill_place(&place, address->host, address->port)) {
        address->is_loopback = is_loopback(&place);
        return true;
    }
    server_address__clear(address);
    return false;
}

void server_address__clear(struct server_address *address)
{
    free(address->host);
    address->host = NULL;
}

/* ---- Guests ------------------------------------------------------------------------------------------------------ */

static void note_connection(void *context, struct MHD_Connection *connection, void **guest,
                            enum MHD_ConnectionNotificationCode what)
{
    struct server *server = context;
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        *guest = guests__admit(&server->guests,
                               MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd);
    else
        guest__leave(*guest);
}

static struct guest *guest_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* It may ask again. */
static void note_receipt(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode how)
{
    (void)context;
    (void)state;
    (void)how;
    guest__await_request(guest_of(connection));
}

/* ---- Answers ----------------------------------------------------------------------------------------------------- */

/* Where so many are connected that others would soon find no room, nobody stays after an answer. */
static bool is_crowded(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *of = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_DAEMON);
    return MHD_get_daemon_info(of->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)->num_connections > STAYING;
}

static enum MHD_Result respond(struct MHD_Connection *connection, struct page_answer *answer)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(answer->length, answer->body, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(answer->body);
        return MHD_NO;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (is_crowded(connection))
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    if (answer->refresh != NULL)
        MHD_add_response_header(response, "Refresh", answer->refresh);
    if (answer->status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    guest__await_receipt(guest_of(connection));
    enum MHD_Result result = MHD_queue_response(connection, answer->status, response);
    MHD_destroy_response(response);
    return result;
}

static struct page_answer refuse_method(void)
{
    static const char text[] = "only GET and HEAD are answered\n";
    return (struct page_answer){.status = MHD_HTTP_METHOD_NOT_ALLOWED,
                                .type = "text/plain; charset=utf-8",
                                .body = heap__copied(text),
                                .length = sizeof text - 1};
}

/* Called once when the head of a request is there, and again for each piece of a body, which is thrown away. */
static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *body, size_t *body_length, void **state)
{
    static int seen;
    const struct server *server = context;
    (void)version;
    (void)body;
    bool is_read = strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    if (*state == NULL && is_read) {
        *state = &seen;
        return MHD_YES;
    }
    if (*body_length > 0) {
        *body_length = 0;
        return MHD_YES;
    }
    const char *accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
    struct page_answer told = is_read ? pages__answer(server->watchtower, url, accept) : refuse_method();
    return respond(connection, &told);
}

/* An end of text within the path would hide what stands behind it: then it is the name of nothing. */
static size_t unescape(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strstr(text, "%00") != NULL ? strlen(text) : MHD_http_unescape(text);
}

/* ---- The daemon -------------------------------------------------------------------------------------------------- */

static int open_socket(const union place *place)
{
    const int on = 1;
    int family = place->any.sa_family;
    socklen_t length = family == AF_INET6 ? sizeof place->v6 : sizeof place->v4;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, &place->any, length) == 0 && listen(fd, GUESTS_MOST) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static uint16_t port_of(int fd)
{
    union place place = {.any = {.sa_family = AF_UNSPEC}};
    socklen_t length = sizeof place;
    if (getsockname(fd, &place.any, &length) != 0)
        return 0;
    return ntohs(place.any.sa_family == AF_INET6 ? place.v6.sin6_port : place.v4.sin_port);
}

static struct server *start_on(int fd, struct watchtower *watchtower)
{
    struct server *server = heap__zeroed(1, sizeof(*server));
    server->watchtower = watchtower;
    guests__clear(&server->guests);
    server->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, answer, server, MHD_OPTION_LISTEN_SOCKET, fd,
                                      MHD_OPTION_CONNECTION_LIMIT, (unsigned)GUESTS_ROOM, MHD_OPTION_NOTIFY_CONNECTION,
                                      note_connection, server, MHD_OPTION_NOTIFY_COMPLETED, note_receipt, server,
                                      MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                                      (size_t)REQUEST, MHD_OPTION_END);
    if (server->daemon != NULL)
        return server;
    free(server);
    return NULL;
}

struct server *server__start(struct server_address *address, struct watchtower *watchtower)
{
    union place place;
    fill_place(&place, address->host, address->port);
    int fd = open_socket(&place);
    if (fd < 0) {
        complain("%s:%u cannot be listened at: %s", address->host, address->port, strerror(errno));
        return NULL;
    }
    address->port = port_of(fd);
    struct server *server = start_on(fd, watchtower);
    if (server == NULL) {
        complain("the server cannot be started: %s", strerror(errno));
        close(fd);
    }
    return server;
}

/* Milliseconds; -1: until something happens. */
static int time_to_wait(struct server *server)
{
    MHD_UNSIGNED_LONG_LONG its;
    int ours = guests__send_away_late(&server->guests);
    if (MHD_get_timeout(server->daemon, &its) != MHD_YES || (ours >= 0 && its > (unsigned)ours))
        return ours;
    return its < INT_MAX ? (int)its : INT_MAX;
}

void server__serve(struct server *server, int ending)
{
    struct pollfd awaited[] = {
        {.fd = ending, .events = POLLIN},
        {.fd = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, .events = POLLIN}};
    while ((awaited[0].revents & POLLIN) == 0) {
        poll(awaited, sizeof awaited / sizeof awaited[0], time_to_wait(server));
        MHD_run(server->daemon);
    }
}

void server__stop(struct server *server)
{
    MHD_stop_daemon(server->daemon); /* which closes its socket */
    free(server);
}
