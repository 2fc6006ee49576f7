/* An HTTP server that answers one after the other; libmicrohttpd below. */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "watchtower.h"

struct server;

struct server_address {
    char *host; /* as it stands in a URL, "[::1]" */
    uint16_t port;
    bool is_loopback;
};

/* "127.0.0.1:9464", "[::1]:9464", "0.0.0.0:80"; port 0: any that is free. False: it is no address. */
bool server_address__parse(struct server_address *address, const char *text);
void server_address__clear(struct server_address *address);

/* Begins to listen, and fills in the port. NULL: that cannot be, which is said in one line. */
struct server *server__start(struct server_address *address, struct watchtower *watchtower);
/* Answers until something can be read from this descriptor. */
void server__serve(struct server *server, int ending);
void server__stop(struct server *server);

#endif
