/* Ledgers of processes that have lived for hours, for test_trend.py.
 *
 *   trend_ledgers SETTING DIRECTORY [COUNT]
 *
 * leak    a server of 6 hours: one of 140 connections is forgotten, evenly; 300 are held, of 1,024
 * slow    the same, but 37 are held: at that pace it is full after 26 such lives
 * load    the same server without that
 * empty   it took nothing
 * sites   so many sites, each of which has forgotten some
 * fill    a server of so many hours that has taken 40, evenly, and has given none back: a pool that fills, or a leak
 * many    so many servers, each of which leaks as fast as its number says, on three hosts; every seventh is another program,
 *         and one could not ask for its host's name
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger_maker.h"

#define SECOND 1000000000ULL
#define LIFE (6 * 3600 * SECOND)
#define START (1000 * SECOND)

enum {
    BASE = 0x400000,
    SIZE = 0x1000000,
    STANDARD = 3,
    LANE = 0,
    PID = 4711,
    FORGOTTEN = 300,
    SLOWLY_FORGOTTEN = 37,
    IN_USE = 12
};

struct server {
    struct maker *maker;
    uint32_t module, number; /* number: the next descriptor's */
};

static struct server begin(uint32_t pid, const char *program, const char *host)
{
    struct server server = {.maker = maker__new(), .number = STANDARD};
    struct lw_header *header = maker__header(server.maker);
    header->pid = pid;
    header->start_time = START;
    header->end_time = START + LIFE;
    snprintf(header->exe, sizeof header->exe, "/nowhere/%s", program);
    memset(header->arguments, 0, sizeof header->arguments);
    snprintf(header->arguments, sizeof header->arguments, "/nowhere/%s", program);
    snprintf(header->host, sizeof header->host, "%s", host);
    server.module = maker__module(server.maker, header->exe, BASE, BASE, BASE + SIZE);
    maker__lane(server.maker, LANE)->thread = pid;
    return server;
}

static uint32_t add_site(struct server *server, uint32_t place, const char *call, enum lw_kind kind)
{
    const uint64_t addresses[] = {BASE + 0x100 + 0x10 * (uint64_t)place, BASE + 0x40};
    uint32_t stack = maker__stack(server->maker, server->module, addresses, 2);
    uint32_t site = maker__site(server->maker, stack, 0, call, kind);
    struct lw_site *row = maker__element(server->maker, LW_SITES, site);
    row->first_time = START;
    return site;
}

static void hold(struct server *server, uint32_t site, uint64_t time)
{
    struct lw_slot *slot = maker__fd(server->maker, server->number++, site, LW_FD_SOCKET);
    slot->acquired_time = time;
    slot->thread = PID;
    struct lw_site_count *count = maker__site_count(server->maker, LANE, site);
    count->acquired++;
    count->last_time = time;
}

/* So many, evenly over its life, and the last few moments' work in progress; all others came back within two seconds. */
static void serve(struct server *server, uint32_t place, uint64_t forgotten, uint64_t released)
{
    uint32_t site = add_site(server, place, "accept4", LW_FD_SOCKET);
    for (uint64_t i = 0; i < forgotten; i++)
        hold(server, site, START + LIFE / (forgotten + 1) * (i + 1));
    for (uint64_t i = IN_USE; i > 0; i--)
        hold(server, site, START + LIFE - i * SECOND / 10);
    struct lw_site_count *count = maker__site_count(server->maker, LANE, site);
    count->acquired += released;
    count->released += released;
    count->lifetimes[5] = (uint32_t)released / 2; /* below 134 ms, 2.1 s */
    count->lifetimes[9] = (uint32_t)(released - released / 2);
}

static void end(struct server *server, uint64_t forgotten, const char *directory)
{
    enum { SAMPLES = 200 };
    char path[4096];
    struct lw_header *header = maker__header(server->maker);
    for (uint64_t i = 1; i <= SAMPLES; i++)
        maker__sample(server->maker, START + LIFE / SAMPLES * i, STANDARD + IN_USE + forgotten * i / SAMPLES);
    header->peak_number = server->number + 5;
    snprintf(path, sizeof path, "%s/leakwatch.server.%u.1.0.lwl", directory, header->pid);
    maker__write(server->maker, path);
    maker__free(server->maker);
}

static void one(const char *directory, uint64_t forgotten, uint64_t released)
{
    struct server server = begin(PID, "server", "web3");
    if (released > 0) {
        serve(&server, 0, forgotten, released);
        hold(&server, add_site(&server, 1, "socket", LW_FD_SOCKET), START + SECOND);
    }
    end(&server, forgotten, directory);
}

static void of_sites(const char *directory, uint32_t count)
{
    struct server server = begin(PID, "server", "web3");
    for (uint32_t i = 0; i < count; i++) {
        uint32_t site = add_site(&server, i, "open", LW_FD_FILE);
        for (uint32_t k = 0; k < 1 + i % 3; k++)
            hold(&server, site, START + LIFE / 4 * (k + 1));
    }
    maker__header(server.maker)->nofile_soft = 1000000;
    end(&server, server.number - STANDARD, directory);
}

static void fill(const char *directory, uint32_t hours)
{
    enum { FILLED = 40 };
    struct server server = begin(PID + hours, "server", "web3");
    uint64_t life = hours * 3600 * SECOND;
    uint32_t site = add_site(&server, 0, "socket", LW_FD_SOCKET);
    for (uint64_t i = 0; i < FILLED; i++)
        hold(&server, site, START + life / FILLED * i + SECOND);
    maker__header(server.maker)->end_time = START + life;
    maker__site_count(server.maker, LANE, site)->peak = FILLED;
    end(&server, FILLED, directory);
}

static void many(const char *directory, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        char host[16];
        snprintf(host, sizeof host, "web%u", i % 3);
        if (i == 10)
            host[0] = '\0';
        struct server server = begin(1000 + i, i % 7 == 6 ? "helper" : "server", host);
        uint64_t forgotten = i % 7 == 6 ? 0 : 200 + i % 30 * 5;
        serve(&server, 0, forgotten, 40000);
        end(&server, forgotten, directory);
    }
}

int main(int argc, char **argv)
{
    const char *setting = argc > 2 ? argv[1] : "";
    uint32_t count = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 1;
    if (strcmp(setting, "leak") == 0)
        one(argv[2], FORGOTTEN, 41200);
    else if (strcmp(setting, "slow") == 0)
        one(argv[2], SLOWLY_FORGOTTEN, 41200);
    else if (strcmp(setting, "load") == 0)
        one(argv[2], 0, 41200);
    else if (strcmp(setting, "empty") == 0)
        one(argv[2], 0, 0);
    else if (strcmp(setting, "sites") == 0)
        of_sites(argv[2], count);
    else if (strcmp(setting, "fill") == 0)
        fill(argv[2], count);
    else if (strcmp(setting, "many") == 0)
        many(argv[2], count);
    else
        errx(2, "usage: trend_ledgers leak|slow|load|empty|sites|fill|many DIRECTORY [COUNT]");
    return 0;
}
