/* The connections that a process holds: by its ledger, and, where it still runs, with what the kernel says of them now.
 *
 * DESIGN. A connection is a socket that connect() or accept() told a peer of. Its duplicates are the same connection, and
 * what was inherited is its parent's to tell of. Who looks at a ledger makes the list once (connections__of), asks
 * the kernel if the process runs (connections__look), and has it summed up by peer and site (connections__sum): a peer that
 * was connected to is known by its address and port, one that was accepted from by its host, as its port says nothing. */
#ifndef CONNECTIONS_H
#define CONNECTIONS_H

#include "ledger/read.h"
#include "sockets.h"

struct connection {
    uint32_t number; /* of the descriptor */
    uint32_t site;
    uint64_t acquired; /* a time */
    uint64_t word;     /* of its slot, which tells whether it is still the same */
    uint16_t family;   /* AF_*; 0: not known */
    bool is_accepted, is_datagram;
    bool is_again;           /* a duplicate of another one that is held */
    bool is_failed;          /* connect has failed */
    bool is_cut;             /* its peer's name was longer */
    uint32_t from;           /* the descriptor that it was accepted from, or is a duplicate of; UINT32_MAX: none */
    char *peer;              /* "10.0.0.1:5432", "/run/db.sock"; "": not known */
    size_t host_length;      /* of it; all of it, where there is no port */
    struct socket_view view; /* SOCKET_NOT_KNOWN, where nobody was asked */
};

struct connections {
    size_t count;
    struct connection *list; /* by number */
    enum sockets_trouble trouble;
    bool was_asked;
};

struct connections *connections__of(const struct ledger *ledger);
void connections__free(struct connections *connections);

/* Asks the kernel, unless the process has ended, or this is how it was a while ago: the numbers may be others by now.
 * namespaces: those of all ledgers that are looked at one after the other. */
void connections__look(struct connections *connections, const struct ledger *ledger, struct namespaces *namespaces);

/* Drops what is known of those that were given back after the ledger was read, so that what is left is certain: to be
 * called before something is said of which the view alone tells, and no time in it. */
void connections__recheck(struct connections *connections, const struct ledger *ledger);

/* Has nobody been at the other end for so long as `least` seconds? held: for how many seconds it has been. */
enum peer_gone {
    PEER_THERE,
    PEER_LATELY_GONE, /* or it has gone, and nobody knows since when, though it was held for as long as that */
    PEER_GONE
};
enum peer_gone connection__peer_gone(const struct connection *connection, double least, double held);

/* Seconds since data came or went; < 0: not known. */
double connection__idle(const struct connection *connection);

/* One peer and site of one process. */
struct connection_sum {
    uint32_t site;
    bool is_accepted;
    bool is_cut;
    const char *peer; /* not terminated: … */
    size_t length;    /* … so many bytes */
    uint16_t family;
    uint32_t listener; /* of what was accepted: the descriptor that listens; UINT32_MAX: not known */
    uint64_t held, ports;
    uint64_t first; /* time of the oldest that is held */
    uint64_t by_condition[SOCKET_CONDITIONS];
    uint64_t idle_known, idle_long; /* how many are seen to be idle at all, and for longer than was asked for */
    double idle_longest;            /* seconds; < 0: not known */
};
struct connection_sums {
    size_t count;
    struct connection_sum *list; /* by site, then by peer */
};
struct connection_sums connections__sum(const struct connections *connections, double idle);
void connection_sums__free(struct connection_sums *sums);

/* "postgres", by the port or the path of who was connected to; NULL: it is not well known. */
const char *connection__service(const char *peer, size_t length, uint16_t family);

#endif
