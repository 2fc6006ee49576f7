/* What the kernel says of sockets: both of its ways say the same, and connections are summed up as a reader counts them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/process_stat.h"
#include "connection/connections.h"
#include "connection/tables.h"
#include "ledger_maker.h"

enum { CONNECTED, HUNG_UP, RESET, MAPPED, LISTENER, NO_SOCKET, DUPLICATE, ASKED };

/* ---- Real ones --------------------------------------------------------------------------------------------------- */

struct stage {
    int asked[ASKED], others[3];
    uint64_t start_ticks;
};

static int connect_to(const struct sockaddr_in *address)
{
    int client = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(client, (const void *)address, sizeof *address), 0);
    return client;
}

/* An IPv6 socket with an IPv4 peer; -1: there are none here. */
static int connect_mapped(uint16_t port)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = port};
    int client = socket(AF_INET6, SOCK_STREAM, 0);
    inet_pton(AF_INET6, "::ffff:127.0.0.1", &address.sin6_addr);
    if (client >= 0 && connect(client, (const void *)&address, sizeof address) == 0)
        return client;
    close(client);
    return -1;
}

static struct stage set_stage(void)
{
    struct stage stage;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    const struct linger at_once = {.l_onoff = 1};
    struct process_stat stat;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (void *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 10), 0);
    assert_int_equal(getsockname(listener, (void *)&address, &length), 0);
    stage.asked[LISTENER] = listener;
    for (int i = CONNECTED; i <= RESET; i++) {
        stage.others[i] = connect_to(&address);
        stage.asked[i] = accept(listener, NULL, NULL);
    }
    assert_int_equal(write(stage.others[HUNG_UP], "unread", 6), 6);
    close(stage.others[HUNG_UP]);
    setsockopt(stage.others[RESET], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(stage.others[RESET]);
    stage.asked[MAPPED] = connect_mapped(address.sin_port);
    stage.asked[NO_SOCKET] = dup(0);
    stage.asked[DUPLICATE] = dup(stage.asked[CONNECTED]);
    assert_true(process_stat__read(&stat, (uint32_t)getpid()));
    stage.start_ticks = stat.start_ticks;
    return stage;
}

static void clear_stage(const struct stage *stage)
{
    close(stage->others[CONNECTED]);
    for (int i = 0; i < ASKED; i++)
        if (stage->asked[i] >= 0)
            close(stage->asked[i]);
}

static void assert_peer(const struct socket_view *view, int fd)
{
    char text[SOCKET_ADDRESS_TEXT], expected[SOCKET_ADDRESS_TEXT];
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    assert_int_equal(getpeername(fd, (void *)&address, &length), 0);
    snprintf(expected, sizeof expected, "127.0.0.1:%d", ntohs(address.sin_port));
    assert_string_equal(socket_address__text(&view->peer, text), expected);
}

static void numbers_are_matched_with_the_kernel_s_tables(void **state)
{
    (void)state;
    struct stage stage = set_stage();
    uint32_t numbers[ASKED];
    for (int i = 0; i < ASKED; i++)
        numbers[i] = (uint32_t)stage.asked[i];
    struct namespaces *namespaces = namespaces__new();
    struct sockets sockets = sockets__of(namespaces, (uint32_t)getpid(), stage.start_ticks, numbers, ASKED);
    assert_int_equal(sockets.trouble, SOCKETS_SEEN);
    assert_int_equal(sockets.count, ASKED);
    assert_int_equal(sockets.views[CONNECTED].condition, SOCKET_OPEN);
    assert_peer(&sockets.views[CONNECTED], stage.asked[CONNECTED]);
    assert_int_equal(sockets.views[HUNG_UP].condition, SOCKET_HUNG_UP);
    assert_int_equal(sockets.views[RESET].condition, SOCKET_OVER);
    assert_int_equal(sockets.views[LISTENER].condition, SOCKET_LISTENING);
    assert_int_equal(sockets.views[NO_SOCKET].inode, 0);
    assert_int_equal(sockets.views[DUPLICATE].inode, sockets.views[CONNECTED].inode);
    assert_int_equal(sockets.views[DUPLICATE].condition, SOCKET_OPEN);
    if (stage.asked[MAPPED] >= 0) {
        char text[SOCKET_ADDRESS_TEXT];
        assert_int_equal(sockets.views[MAPPED].condition, SOCKET_OPEN);
        assert_memory_equal(socket_address__text(&sockets.views[MAPPED].peer, text), "127.0.0.1:", 10);
    }
    if (sockets.views[HUNG_UP].has_times) {
        assert_int_equal(sockets.views[HUNG_UP].unread, 6 + 1); /* the end counts as one */
        assert_true(sockets.views[HUNG_UP].heard >= 0 && sockets.views[HUNG_UP].heard < 3600);
    }
    sockets__free(&sockets);
    namespaces__free(namespaces);
    clear_stage(&stage);
}

static void another_process_of_that_number_is_not_taken_for_it(void **state)
{
    (void)state;
    struct stage stage = set_stage();
    uint32_t number = (uint32_t)stage.asked[CONNECTED];
    struct namespaces *namespaces = namespaces__new();
    struct sockets sockets = sockets__of(namespaces, (uint32_t)getpid(), stage.start_ticks + 1, &number, 1);
    assert_int_equal(sockets.trouble, SOCKETS_GONE);
    assert_null(sockets.views);
    sockets__free(&sockets);
    namespaces__free(namespaces);
    clear_stage(&stage);
}

struct views {
    struct socket_view list[4096];
    size_t count;
};

static void keep_own(void *context, const struct socket_view *view)
{
    struct views *views = context;
    if (views->count < sizeof views->list / sizeof *views->list)
        views->list[views->count++] = *view;
}

static const struct socket_view *find(const struct views *views, uint64_t inode)
{
    for (size_t i = 0; i < views->count; i++)
        if (views->list[i].inode == inode)
            return &views->list[i];
    return NULL;
}

static void both_ways_to_the_tables_say_the_same(void **state)
{
    (void)state;
    static struct views said, shown;
    struct stage stage = set_stage();
    uint32_t numbers[] = {(uint32_t)stage.asked[CONNECTED], (uint32_t)stage.asked[HUNG_UP],
                          (uint32_t)stage.asked[LISTENER]};
    struct namespaces *namespaces = namespaces__new();
    struct sockets sockets = sockets__of(namespaces, (uint32_t)getpid(), stage.start_ticks, numbers, 3);
    int netlink = diag__open((uint32_t)getpid());
    if (netlink < 0 || !diag__tcp(netlink, keep_own, &said))
        skip(); /* NETLINK_SOCK_DIAG may not be asked here */
    assert_true(proc_net__tcp((uint32_t)getpid(), keep_own, &shown));
    for (size_t i = 0; i < sockets.count; i++) {
        const struct socket_view *one = find(&said, sockets.views[i].inode);
        const struct socket_view *other = find(&shown, sockets.views[i].inode);
        assert_non_null(one);
        assert_non_null(other);
        assert_int_equal(one->condition, other->condition);
        assert_memory_equal(&one->local, &other->local, sizeof one->local);
        assert_memory_equal(&one->peer, &other->peer, sizeof one->peer);
        assert_true(one->has_times || one->condition == SOCKET_LISTENING);
        assert_false(other->has_times);
    }
    close(netlink);
    sockets__free(&sockets);
    namespaces__free(namespaces);
    clear_stage(&stage);
}

/* ---- Summed up --------------------------------------------------------------------------------------------------- */

static struct lw_slot *add_slot(struct maker *maker, uint32_t number, uint32_t site, const char *detail)
{
    struct lw_slot *slot = maker__fd(maker, number, site, LW_FD_SOCKET);
    slot->flags |= LW_CONNECTED;
    slot->family = strchr(detail, '[') ? AF_INET6 : strchr(detail, '/') ? AF_UNIX : AF_INET;
    slot->type = SOCK_STREAM;
    slot->partner = -1;
    slot->acquired_time = 1000 + number;
    maker__detail(slot, detail);
    return slot;
}

static void assert_sum(const struct connection_sums *sums, const char *peer, uint64_t held, uint64_t ports)
{
    for (size_t i = 0; i < sums->count; i++) {
        const struct connection_sum *sum = &sums->list[i];
        if (sum->length != strlen(peer) || memcmp(sum->peer, peer, sum->length) != 0)
            continue;
        assert_int_equal(sum->held, held);
        assert_int_equal(sum->ports, ports);
        return;
    }
    fail_msg("nothing of %s", peer);
}

static void connections_are_summed_up_by_peer_and_site(void **state)
{
    (void)state;
    char path[] = "/tmp/leakwatch-sockets.XXXXXX";
    struct maker *maker = maker__new();
    struct ledger_error error;
    struct ledger *ledger;
    uint32_t one = maker__site(maker, 0, 0, "socket", LW_FD_SOCKET);
    uint32_t other = maker__site(maker, 0, 0, "accept", LW_FD_SOCKET);
    add_slot(maker, 3, one, "connected 10.0.0.1:5432");
    add_slot(maker, 4, one, "connected 10.0.0.1:5432");
    add_slot(maker, 5, one, "connected 10.0.0.2:5432");
    add_slot(maker, 6, other, "from 10.0.0.3:50001");
    add_slot(maker, 7, other, "from 10.0.0.3:50002");
    add_slot(maker, 8, other, "from [fe80::1]:50003");
    add_slot(maker, 9, one, "connected /run/postgresql/.s.PGSQL.5432");
    struct lw_slot *again = add_slot(maker, 10, one, "connected 10.0.0.1:5432");
    again->flags |= LW_DUPLICATE;
    again->partner = 4;
    struct lw_slot *orphan = add_slot(maker, 11, one, "connected 10.0.0.2:5432"); /* its original is closed */
    orphan->flags |= LW_DUPLICATE;
    orphan->partner = 2;
    add_slot(maker, 12, one, "connecting 10.0.0.9:1")->error = 111;
    add_slot(maker, 13, one, "connected 10.0.0.9:1")->flags |= LW_INHERITED;
    char long_path[LW_DETAIL + 1] = "connected /";
    memset(long_path + strlen(long_path), 'x', LW_DETAIL - strlen(long_path));
    add_slot(maker, 15, one, long_path);
    maker__state(add_slot(maker, 14, one, "connected 10.0.0.9:1"), LW_FREE);
    close(mkstemp(path));
    maker__write(maker, path);
    assert_int_equal(ledger__open(&ledger, path, &error), 0);
    struct connections *connections = connections__of(ledger);
    connections__look(connections, ledger, NULL); /* it has ended: nobody is asked */
    assert_false(connections->was_asked);
    struct connection_sums sums = connections__sum(connections, 60);
    assert_int_equal(sums.count, 6);
    assert_sum(&sums, "10.0.0.1:5432", 2, 1);
    assert_sum(&sums, "10.0.0.2:5432", 2, 1);
    assert_sum(&sums, "10.0.0.3", 2, 2);
    assert_sum(&sums, "[fe80::1]", 1, 1);
    assert_sum(&sums, "/run/postgresql/.s.PGSQL.5432", 1, 1);
    assert_sum(&sums, long_path + strlen("connected "), 1, 1);
    for (size_t i = 0; i < sums.count; i++)
        assert_int_equal(sums.list[i].is_cut, sums.list[i].length == LW_DETAIL - strlen("connected "));
    connection_sums__free(&sums);
    connections__free(connections);
    ledger__close(ledger);
    unlink(path);
    maker__free(maker);
}

static void services_are_known_by_port_and_path(void **state)
{
    (void)state;
    static const struct {
        const char *peer, *name;
        uint16_t family;
    } services[] = {
        {"10.0.0.1:5432", "postgres", AF_INET},
        {"[::1]:6379", "redis", AF_INET6},
        {"10.0.0.1:54321", NULL, AF_INET},
        {"/run/postgresql/.s.PGSQL.5432", "postgres", AF_UNIX},
        {"/var/run/mysqld/mysqld.sock", "mysql", AF_UNIX},
        {"/run/other", NULL, AF_UNIX},
    };
    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        const char *name = connection__service(services[i].peer, strlen(services[i].peer), services[i].family);
        if (services[i].name == NULL)
            assert_null(name);
        else
            assert_string_equal(name, services[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_matched_with_the_kernel_s_tables),
        cmocka_unit_test(another_process_of_that_number_is_not_taken_for_it),
        cmocka_unit_test(both_ways_to_the_tables_say_the_same),
        cmocka_unit_test(connections_are_summed_up_by_peer_and_site),
        cmocka_unit_test(services_are_known_by_port_and_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
