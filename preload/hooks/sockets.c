/* Sockets: made, accepted, and what they learn about themselves. */
#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>

#include "hook.h"
#include "ledger.h"

LW_ACQUIRE_FD(socket, (int family, int type, int protocol), (family, type, protocol), .open_flags = (uint32_t)type,
              .family = (uint16_t)family, .type = (uint16_t)(type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)),
              .protocol = (uint16_t)protocol, .cloexec = type & SOCK_CLOEXEC)

LW_ACQUIRE_PAIR(socketpair, (int family, int type, int protocol, int ends[2]), (family, type, protocol, ends),
                .open_flags = (uint32_t)type, .family = (uint16_t)family,
                .type = (uint16_t)(type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)), .protocol = (uint16_t)protocol,
                .cloexec = type & SOCK_CLOEXEC)

/* ---- accept ---- */

/* An accepted socket is of its listener's kind. Which that is, is known if the listener's acquisition was seen. */
static struct lw_detail like_listener(int listener, int flags)
{
    struct lw_detail detail = {.open_flags = (uint32_t)flags,
                               .flags = LW_CONNECTED,
                               .has_partner = true,
                               .partner = listener,
                               .cloexec = flags & SOCK_CLOEXEC};
    bool keeping = __atomic_load_n(&lw_phase, __ATOMIC_ACQUIRE) == LW_PHASE_KEEPING;
    const struct lw_slot *slot = keeping ? lw_fd_slot(listener, false) : NULL;
    if (slot && lw_is_held(lw_word(slot))) {
        detail.family = slot->family;
        detail.type = slot->type;
        detail.protocol = slot->protocol;
    }
    return detail;
}

/* The peer's address is asked for even where the program does not want it, but only in families where that cannot make
 * accept fail: others refuse to name a peer that has gone already. */
static bool may_ask_peer(const struct lw_detail *detail)
{
    return detail->family == AF_INET || detail->family == AF_INET6 || detail->family == AF_UNIX;
}

static void accepted(struct lw_call *call, int fd, const struct lw_detail *detail, const struct sockaddr *peer,
                     socklen_t length)
{
    lw_acquired_fd(call, fd, LW_FD_SOCKET, detail);
    if (fd >= 0 && length)
        lw_addressed(call, fd, LW_CONNECTED, peer, length, 0);
}

/* Addresses that no program has, as tests of EFAULT pass them. */
#define MAY_BE_READ(pointer) ((uintptr_t)(pointer) >= 4096 && (uintptr_t)(pointer) < (uintptr_t)1 << 56)

/* `own` stands in for an address that the program did not ask for; `room` is what there is for it, then what was used. */
#define ACCEPT(symbol, parameters, arguments, flags)                                                                   \
    LW_EXPORT int symbol parameters                                                                                    \
    {                                                                                                                  \
        LW_BEGIN(symbol, int, arguments);                                                                              \
        struct lw_detail detail = like_listener(listener, flags);                                                      \
        struct sockaddr_storage own;                                                                                   \
        socklen_t own_length = sizeof own, room;                                                                       \
        if (!address.__sockaddr__ && may_ask_peer(&detail)) {                                                          \
            address.__sockaddr__ = (struct sockaddr *)&own;                                                            \
            length = &own_length;                                                                                      \
        }                                                                                                              \
        room = address.__sockaddr__ && MAY_BE_READ(length) ? *length : 0;                                              \
        lw_result = LW_UNLESS_INJECTED(symbol, -1, NULL, arguments);                                                   \
        room = room == 0 || *length >= room ? room : *length;                                                          \
        accepted(&lw_call, lw_result, &detail, address.__sockaddr__, room);                                            \
        return lw_result;                                                                                              \
    }

ACCEPT(accept, (int listener, __SOCKADDR_ARG address, socklen_t *length), (listener, address, length), 0)
ACCEPT(accept4, (int listener, __SOCKADDR_ARG address, socklen_t *length, int flags),
       (listener, address, length, flags), flags)

/* ---- What a socket learns about itself ---- */

LW_EXPORT int bind(int fd, __CONST_SOCKADDR_ARG address, socklen_t length)
{
    LW_BEGIN(bind, int, (fd, address, length));
    lw_result = LW_REAL(bind)(fd, address, length);
    if (lw_result == 0)
        lw_addressed(&lw_call, fd, 0, address.__sockaddr__, length, 0);
    return lw_result;
}

LW_EXPORT int listen(int fd, int backlog)
{
    LW_BEGIN(listen, int, (fd, backlog));
    lw_result = LW_REAL(listen)(fd, backlog);
    if (lw_result == 0)
        lw_addressed(&lw_call, fd, LW_LISTENING, NULL, 0, 0);
    return lw_result;
}

/* A connection that is on its way counts as one. Neither EALREADY nor EISCONN is news, and an address that could not be
 * read is none. */
LW_EXPORT int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t length)
{
    LW_BEGIN(connect, int, (fd, address, length));
    lw_result = LW_REAL(connect)(fd, address, length);
    int error = lw_result == 0 || errno == EINPROGRESS || errno == EINTR ? 0 : errno;
    if (error != EALREADY && error != EISCONN && error != EFAULT && error != EBADF)
        lw_addressed(&lw_call, fd, LW_CONNECTED, address.__sockaddr__, length, error);
    return lw_result;
}

LW_EXPORT int shutdown(int fd, int how)
{
    LW_BEGIN(shutdown, int, (fd, how));
    lw_result = LW_REAL(shutdown)(fd, how);
    if (lw_result != 0)
        lw_failed_use(&lw_call, fd);
    return lw_result;
}

/* ---- The r commands ---- */

/* A second connection, for errors, is made where there is a place to put it. */
static void connected_remotely(struct lw_call *call, int fd, uint32_t kind, char *const *host, const int *second)
{
    struct lw_detail detail = {.text = fd >= 0 ? *host : NULL, .type = SOCK_STREAM, .flags = LW_CONNECTED};
    lw_acquired_fd(call, fd, kind, &detail);
    if (fd >= 0 && second)
        lw_acquired_fd(call, *second, kind, &detail);
}

#define CONNECT_REMOTELY(symbol, parameters, arguments)                                                                \
    LW_EXPORT int symbol parameters                                                                                    \
    {                                                                                                                  \
        LW_BEGIN(symbol, int, arguments);                                                                              \
        lw_result = LW_REAL(symbol) arguments;                                                                         \
        connected_remotely(&lw_call, lw_result, LW_KIND_OF_##symbol, host, second);                                    \
        return lw_result;                                                                                              \
    }

#define NAMES const char *restrict local, const char *restrict remote, const char *restrict command

CONNECT_REMOTELY(rcmd, (char **restrict host, unsigned short port, NAMES, int *restrict second),
                 (host, port, local, remote, command, second))
CONNECT_REMOTELY(rcmd_af, (char **restrict host, unsigned short port, NAMES, int *restrict second, sa_family_t family),
                 (host, port, local, remote, command, second, family))
CONNECT_REMOTELY(rexec, (char **restrict host, int port, NAMES, int *restrict second),
                 (host, port, local, remote, command, second))
CONNECT_REMOTELY(rexec_af, (char **restrict host, int port, NAMES, int *restrict second, sa_family_t family),
                 (host, port, local, remote, command, second, family))
LW_ACQUIRE_FD(rresvport, (int *port), (port), .type = SOCK_STREAM)
LW_ACQUIRE_FD(rresvport_af, (int *port, sa_family_t family), (port, family), .family = family, .type = SOCK_STREAM)
