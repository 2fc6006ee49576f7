/* What the kernel says of the sockets that another process holds.
 *
 * DESIGN. The kernel is asked, and the process is left alone: /proc/PID/fd says which socket each number is, and then the
 * tables of the network namespace that is the process's own are read once, whole. NETLINK_SOCK_DIAG says when data last
 * came and went; where it may not be asked there, /proc/PID/net has the states alone. So the cost grows with the numbers
 * asked for and with the sockets of that namespace, not with their product.
 *
 * A table that changes while it is read may miss one: what is not in it is looked for once more. The processes of one
 * namespace share its table, if it is not old: a server's workers would each read the sockets of all. */
#ifndef SOCKETS_H
#define SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum socket_condition {
    SOCKET_NOT_KNOWN,  /* its number is no socket, or one of a family that is not looked at, or nobody could ask */
    SOCKET_OPEN,       /* connected */
    SOCKET_CONNECTING, /* on its way */
    SOCKET_LISTENING,
    SOCKET_HUNG_UP, /* the peer has said that it sends no more: CLOSE_WAIT; of a unix socket: it has closed its own */
    SOCKET_CLOSING, /* this end has said that it sends no more: FIN_WAIT and what follows */
    SOCKET_OVER,    /* in no table: never connected, or reset, timed out, or ended from both sides */
    SOCKET_CONDITIONS
};

struct socket_address {
    uint16_t family; /* AF_INET, AF_INET6; 0: none */
    uint16_t port;
    uint8_t bytes[16]; /* of AF_INET the first four */
};

/* "10.0.0.1:5432", "[::1]:80", as ledgers write it: an IPv4 peer of an IPv6 socket by its own address. */
enum { SOCKET_ADDRESS_TEXT = 64 };
const char *socket_address__text(const struct socket_address *address, char text[SOCKET_ADDRESS_TEXT]);

struct socket_view {
    uint64_t inode; /* 0: the number is no socket, or no more */
    enum socket_condition condition;
    bool has_times; /* else the next three are not known */
    /* Seconds since data was sent; since data was received; and since anything came, an acknowledgement at least. */
    double sent, received, heard;
    uint32_t unread; /* bytes that have come and were not read yet; the end counts as one */
    struct socket_address local, peer;
};

enum sockets_trouble {
    SOCKETS_SEEN,
    SOCKETS_FORBIDDEN, /* whose they are may not be asked */
    SOCKETS_GONE       /* the process is not there (any more) */
};

struct sockets {
    enum sockets_trouble trouble;
    size_t count;
    struct socket_view *views; /* in the order of the numbers that were asked for; NULL where there was trouble */
};

/* The tables that have been read. */
struct namespaces;
struct namespaces *namespaces__new(void);
void namespaces__free(struct namespaces *namespaces);

/* start_ticks: of the process, as in its ledger's header, so that no other one is taken for it. */
struct sockets sockets__of(struct namespaces *namespaces, uint32_t pid, uint64_t start_ticks, const uint32_t *numbers,
                           size_t count);
void sockets__free(struct sockets *sockets);

#endif
