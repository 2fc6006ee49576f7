/* A server whose requests are scopes. */
#include "server.h"

#include "story.h"

struct server server__new(uint64_t requests, uint64_t failed)
{
    struct server server = {.row = 0};
    server.maker = maker_with_site("socket", LW_FD_SOCKET, &server.site);
    uint32_t outer = maker__scope(server.maker, LW_SCOPE_NAMED, 0, "server");
    server.request = maker__scope(server.maker, LW_SCOPE_NAMED, outer, "request");
    ((struct lw_site *)maker__element(server.maker, LW_SITES, server.site))->scope = server.request;
    *maker__scope_count(server.maker, 0, server.request) =
        (struct lw_scope_count){.entered = requests, .ended = requests, .failed = failed, .left = requests, .most = 3};
    return server;
}

uint32_t server__another_site(struct server *server, uint64_t address, const char *call, enum lw_kind kind)
{
    return maker__site(server->maker, maker__stack(server->maker, 1, &address, 1), server->request, call, kind);
}

struct lw_leftover *server__leave(struct server *server, uint32_t site, uint64_t entries, uint64_t failed)
{
    struct lw_leftover *left = maker__leftover(server->maker, server->request, site, &server->row);
    left->count = left->entries = entries;
    left->failed = failed;
    return left;
}

void server__hold(struct server *server, uint32_t number, uint32_t count)
{
    for (uint32_t fd = number; fd < number + count; fd++) {
        struct lw_slot *slot = maker__fd(server->maker, fd, server->site, LW_FD_SOCKET);
        slot->acquired_time = STORY_START;
        maker__left(slot, server->row, STORY_START + SECOND);
    }
}

void server__depart(struct server *server, const uint32_t *sites, uint32_t count, uint64_t ends, bool failed)
{
    struct lw_departure *departure = maker__departure(server->maker, server->request, sites, count);
    departure->count = ends;
    departure->failed = failed;
}
