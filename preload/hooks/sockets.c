/* Sockets: made, accepted, and what they learn about themselves. */
#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>

#include "hook.h"
#include "ledger/ledger.h"
#include "process/process.h"
#include "system/system.h"

LW_ACQUIRE_FD(socket, (int family, int type, int protocol), (family, type, protocol), NULL,
              .open_flags = (uint32_t)type, .family = (uint16_t)family,
              .type = (uint16_t)(type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)), .protocol = (uint16_t)protocol,
              .cloexec = type & SOCK_CLOEXEC)

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
    const struct lw_slot *slot = lw_held_fd(listener);
    if (slot) {
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

#define MOST_STACK (64u << 20) /* the kernel leaves twice as much free below the first stack */

/* Can this be read for certain? The page of the hook's own frame can, and what lies between it and the arguments of main,
 * in the first thread: there is no other mapping that near below. */
static bool is_on_stack(const void *address, size_t bytes, const void *frame)
{
    uintptr_t at = (uintptr_t)address, here = (uintptr_t)frame, top = (uintptr_t)lw_arguments;
    if (at / LW_PAGE == here / LW_PAGE && (at + bytes - 1) / LW_PAGE == here / LW_PAGE)
        return true;
    return top - here < MOST_STACK && at > here && at < top - bytes;
}

/* What the program says that there is room for; 0 where that cannot be read. As a rule it is a variable of the caller's;
 * what lies elsewhere, the kernel is asked for. */
static socklen_t room_at(const socklen_t *length, const void *frame)
{
    socklen_t room = 0;
    if (is_on_stack(length, sizeof room, frame))
        return *length;
    return lw_may_ask() && lw_copy_in(&room, length, sizeof room) ? room : 0;
}

/* `own` stands in for an address that the program did not ask for. What the kernel has written is as long as there was
 * room for, and never longer than the address. */
#define ACCEPT(symbol, parameters, arguments, flags)                                                                   \
    LW_EXPORT int symbol parameters                                                                                    \
    {                                                                                                                  \
        LW_ENTER_OR_RETURN(symbol, arguments);                                                                         \
        struct lw_detail detail = like_listener(listener, flags);                                                      \
        struct sockaddr_storage own;                                                                                   \
        socklen_t own_length = sizeof own, room = 0;                                                                   \
        if (!address.__sockaddr__ && may_ask_peer(&detail)) {                                                          \
            address.__sockaddr__ = (struct sockaddr *)&own;                                                            \
            length = &own_length;                                                                                      \
        }                                                                                                              \
        if (address.__sockaddr__)                                                                                      \
            room = room_at(length, LW_FRAME);                                                                          \
        int lw_result = LW_LATE(LW_UNLESS_INJECTED(symbol, -1, NULL, arguments));                                      \
        if (lw_result >= 0 && room && room > *length)                                                                  \
            room = *length;                                                                                            \
        accepted(&lw_call, lw_result, &detail, address.__sockaddr__, room);                                            \
        if (lw_result < 0)                                                                                             \
            lw_use_failed_here(&lw_call, listener);                                                                    \
        return lw_result;                                                                                              \
    }

ACCEPT(accept, (int listener, __SOCKADDR_ARG address, socklen_t *length), (listener, address, length), 0)
ACCEPT(accept4, (int listener, __SOCKADDR_ARG address, socklen_t *length, int flags),
       (listener, address, length, flags), flags)

/* ---- What a socket learns about itself ---- */

LW_EXPORT int bind(int fd, __CONST_SOCKADDR_ARG address, socklen_t length)
{
    LW_ENTER_OR_RETURN(bind, (fd, address, length));
    int lw_result = LW_REAL(bind)(fd, address, length);
    if (lw_result == 0)
        lw_addressed(&lw_call, fd, 0, address.__sockaddr__, length, 0);
    else
        lw_use_failed_here(&lw_call, fd);
    return lw_result;
}

LW_EXPORT int listen(int fd, int backlog)
{
    LW_ENTER_OR_RETURN(listen, (fd, backlog));
    int lw_result = LW_REAL(listen)(fd, backlog);
    if (lw_result == 0)
        lw_listens(&lw_call, fd);
    else
        lw_use_failed_here(&lw_call, fd);
    return lw_result;
}

/* Has the kernel read the address? Only a protocol, which is asked last, answers so. */
static bool was_read(int error)
{
    static const int answers[] = {0,         EINPROGRESS, EINTR,        ECONNREFUSED,  ENETUNREACH, EHOSTUNREACH,
                                  ETIMEDOUT, ECONNRESET,  ECONNABORTED, EADDRNOTAVAIL, ENOENT,      EAGAIN};
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        if (error == answers[i])
            return true;
    return false;
}

/* A connection that is on its way counts as one. Neither EALREADY nor EISCONN is news, and an address that cannot be read
 * is none. */
static void connected(struct lw_call *call, int fd, const struct sockaddr *address, socklen_t length, int error)
{
    struct sockaddr_storage copy;
    if (error == EALREADY || error == EISCONN || error == EFAULT || error == EBADF || error == ENOTSOCK)
        return;
    if (!was_read(error)) {
        if (!lw_may_ask() || length > sizeof copy || !lw_copy_in(&copy, address, length))
            return;
        address = (const struct sockaddr *)&copy;
    }
    lw_addressed(call, fd, LW_CONNECTED, address, length, error == EINPROGRESS || error == EINTR ? 0 : error);
}

LW_EXPORT int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t length)
{
    LW_ENTER_OR_RETURN(connect, (fd, address, length));
    int lw_result = LW_REAL(connect)(fd, address, length);
    int error = errno;
    connected(&lw_call, fd, address.__sockaddr__, length, lw_result == 0 ? 0 : error);
    errno = error;
    if (lw_result != 0)
        lw_use_failed_here(&lw_call, fd);
    return lw_result;
}

LW_EXPORT int shutdown(int fd, int how)
{
    LW_ENTER_OR_RETURN(shutdown, (fd, how));
    int lw_result = LW_REAL(shutdown)(fd, how);
    if (lw_result != 0) {
        lw_failed_use(&lw_call, fd);
        lw_use_failed_here(&lw_call, fd);
    }
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
        LW_ENTER_OR_RETURN(symbol, arguments);                                                                         \
        int lw_result = LW_REAL(symbol) arguments;                                                                     \
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
LW_ACQUIRE_FD(rresvport, (int *port), (port), NULL, .type = SOCK_STREAM)
LW_ACQUIRE_FD(rresvport_af, (int *port, sa_family_t family), (port, family), NULL, .family = family,
              .type = SOCK_STREAM)
