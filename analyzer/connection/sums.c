/* Connections by peer and site. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/heap.h"
#include "connections.h"

static size_t key_length(const struct connection *connection)
{
    return connection->is_accepted ? connection->host_length : strlen(connection->peer);
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_keys(const struct connection *a, const struct connection *b)
{
    size_t length_a = key_length(a), length_b = key_length(b);
    int order = compare_numbers(a->site, b->site);
    if (order == 0)
        order = a->is_accepted - b->is_accepted;
    if (order == 0)
        order = compare_numbers(a->is_accepted ? a->from : 0, b->is_accepted ? b->from : 0);
    if (order == 0)
        order = memcmp(a->peer, b->peer, length_a < length_b ? length_a : length_b);
    return order != 0 ? order : compare_numbers(length_a, length_b);
}

static int by_key(const void *left, const void *right)
{
    const struct connection *const *a = left, *const *b = right;
    int order = compare_keys(*a, *b);
    return order != 0 ? order : strcmp((*a)->peer, (*b)->peer);
}

static struct connection_sum start(const struct connection *connection)
{
    return (struct connection_sum){.site = connection->site,
                                   .is_accepted = connection->is_accepted,
                                   .is_cut = connection->is_cut,
                                   .peer = connection->peer,
                                   .length = key_length(connection),
                                   .family = connection->family,
                                   .listener = connection->from,
                                   .first = UINT64_MAX,
                                   .idle_longest = -1};
}

static void add(struct connection_sum *sum, const struct connection *connection, double idle_from)
{
    double idle = connection__idle(connection);
    sum->held++;
    sum->first = connection->acquired < sum->first ? connection->acquired : sum->first;
    sum->by_condition[connection->view.condition]++;
    sum->idle_known += idle >= 0;
    sum->idle_long += idle >= idle_from;
    sum->idle_longest = idle > sum->idle_longest ? idle : sum->idle_longest;
}

struct connection_sums connections__sum(const struct connections *connections, double idle)
{
    const struct connection **sorted = heap__zeroed(connections->count, sizeof *sorted);
    struct connection_sums sums = {.list = heap__zeroed(connections->count, sizeof *sums.list)};
    size_t count = 0;
    for (size_t i = 0; i < connections->count; i++)
        if (!connections->list[i].is_again && !connections->list[i].is_failed)
            sorted[count++] = &connections->list[i];
    if (count > 1)
        qsort(sorted, count, sizeof *sorted, by_key);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || compare_keys(sorted[i - 1], sorted[i]) != 0)
            sums.list[sums.count++] = start(sorted[i]);
        struct connection_sum *sum = &sums.list[sums.count - 1];
        sum->ports += sum->held == 0 || strcmp(sorted[i - 1]->peer, sorted[i]->peer) != 0;
        add(sum, sorted[i], idle);
    }
    free(sorted);
    return sums;
}

void connection_sums__free(struct connection_sums *sums)
{
    free(sums->list);
}

/* ---- Services ---------------------------------------------------------------------------------------------------- */

/* By port, or, of a unix socket, by what its path has in it. */
static const struct service {
    const char *name;
    uint16_t port;
    const char *in_path; /* NULL: none is usual */
} services[] = {
    {"postgres", 5432, ".s.PGSQL."},
    {"pgbouncer", 6432, NULL},
    {"mysql", 3306, "mysql"},
    {"redis", 6379, "redis"},
    {"memcached", 11211, "memcache"},
    {"mongodb", 27017, "mongodb-"},
    {"rabbitmq", 5672, NULL},
    {"kafka", 9092, NULL},
    {"nats", 4222, NULL},
    {"mqtt", 1883, NULL},
    {"cassandra", 9042, NULL},
    {"elasticsearch", 9200, NULL},
    {"etcd", 2379, NULL},
    {"zookeeper", 2181, NULL},
    {"consul", 8500, NULL},
    {"sqlserver", 1433, NULL},
    {"oracle", 1521, NULL},
    {"ldap", 389, NULL},
    {"ldaps", 636, NULL},
    {"smtp", 25, NULL},
    {"ssh", 22, NULL},
    {"dns", 53, NULL},
    {"http", 80, NULL},
    {"https", 443, NULL},
    {"dbus", 0, "dbus"},
    {"docker", 0, "docker.sock"},
};

const char *connection__service(const char *peer, size_t length, uint16_t family)
{
    bool has_port = family == AF_INET || family == AF_INET6;
    char *text = strndup(peer, length);
    if (text == NULL)
        heap__ran_out();
    const char *colon = has_port ? strrchr(text, ':') : NULL, *name = NULL;
    unsigned long port = colon ? strtoul(colon + 1, NULL, 10) : 0;
    for (size_t i = 0; i < sizeof services / sizeof *services && name == NULL; i++) {
        const struct service *service = &services[i];
        bool is_it = has_port ? port != 0 && service->port == port
                              : service->in_path != NULL && strstr(text, service->in_path) != NULL;
        name = is_it ? service->name : NULL;
    }
    free(text);
    return name;
}
