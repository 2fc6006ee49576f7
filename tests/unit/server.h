/* What the tests of scopes share: a server whose requests are scopes. */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger_maker.h"

/* A server whose requests acquire at one site. */
struct server {
    struct maker *maker;
    uint32_t request, site, row;
    struct lw_leftover *left;
};

struct server server__new(uint64_t requests, uint64_t failed);
/* One more place that acquires for the request. */
uint32_t server__another_site(struct server *server, uint64_t address, const char *call, enum lw_kind kind);
struct lw_leftover *server__leave(struct server *server, uint32_t site, uint64_t entries, uint64_t failed);
/* Slots of the row that was made last. */
void server__hold(struct server *server, uint32_t number, uint32_t count);
void server__depart(struct server *server, const uint32_t *sites, uint32_t count, uint64_t ends, bool failed);

#endif
