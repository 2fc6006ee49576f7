/* What is done with a descriptor that is held: only forwarded, and looked at where it fails with EBADF. These are called much
 * more often than anything else here.
 *
 * DESIGN. When a socket was used last is not noted here: it may cost 2 ns. Over pairs of send and recv through a socket pair
 * (medians of batches, in both orders beside the same library without it), a store to its slot costs 9 ns a call with the
 * time that an acquisition read last, which stands still while nothing is acquired; 8 ns for a bare counter; 13 ns with the
 * coarse clock; 5 to 11 ns with the processor's. It is not the 15 instructions (54 with the clock), but the lines and
 * pages that the system call has pushed out. Of TCP sockets of a process that runs, the kernel tells when they last sent and
 * received (sock_diag, INET_DIAG_INFO: tcpi_last_data_sent, tcpi_last_data_recv), and that costs it nothing. */
#ifndef __NO_INLINE__
#define __NO_INLINE__ 1 /* the header's own definitions of some would stand in the way */
#endif

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "hook.h"

#define USE(type, symbol, parameters, arguments)                                                                       \
    LW_EXPORT type symbol parameters                                                                                   \
    {                                                                                                                  \
        type result = LW_REAL(symbol) arguments;                                                                       \
        LW_LOOK_IF(result == -1, symbol, fd);                                                                          \
        return result;                                                                                                 \
    }

/* ---- Reads and writes ---- */

/* What _FORTIFY_SOURCE makes of them; declared only where it is on. */
ssize_t __read_chk(int fd, void *to, size_t bytes, size_t room);
ssize_t __pread_chk(int fd, void *to, size_t bytes, off_t at, size_t room);
ssize_t __pread64_chk(int fd, void *to, size_t bytes, off64_t at, size_t room);
ssize_t __recv_chk(int fd, void *to, size_t bytes, size_t room, int flags);
ssize_t __recvfrom_chk(int fd, void *restrict to, size_t bytes, size_t room, int flags, __SOCKADDR_ARG address,
                       socklen_t *restrict length);

USE(ssize_t, read, (int fd, void *to, size_t bytes), (fd, to, bytes))
USE(ssize_t, write, (int fd, const void *from, size_t bytes), (fd, from, bytes))
USE(ssize_t, __read_chk, (int fd, void *to, size_t bytes, size_t room), (fd, to, bytes, room))

#define READ_AT(symbol, offset) USE(ssize_t, symbol, (int fd, void *to, size_t bytes, offset at), (fd, to, bytes, at))
#define READ_AT_CHECKED(symbol, offset)                                                                                \
    USE(ssize_t, symbol, (int fd, void *to, size_t bytes, offset at, size_t room), (fd, to, bytes, at, room))
#define WRITE_AT(symbol, offset)                                                                                       \
    USE(ssize_t, symbol, (int fd, const void *from, size_t bytes, offset at), (fd, from, bytes, at))
#define VECTOR(symbol) USE(ssize_t, symbol, (int fd, const struct iovec *parts, int count), (fd, parts, count))
#define VECTOR_AT(symbol, offset)                                                                                      \
    USE(ssize_t, symbol, (int fd, const struct iovec *parts, int count, offset at), (fd, parts, count, at))
#define VECTOR_AT_WITH(symbol, offset)                                                                                 \
    USE(ssize_t, symbol, (int fd, const struct iovec *parts, int count, offset at, int flags),                         \
        (fd, parts, count, at, flags))

READ_AT(pread, off_t)
READ_AT(pread64, off64_t)
READ_AT_CHECKED(__pread_chk, off_t)
READ_AT_CHECKED(__pread64_chk, off64_t)
WRITE_AT(pwrite, off_t)
WRITE_AT(pwrite64, off64_t)
VECTOR(readv)
VECTOR(writev)
VECTOR_AT(preadv, off_t)
VECTOR_AT(preadv64, off64_t)
VECTOR_AT(pwritev, off_t)
VECTOR_AT(pwritev64, off64_t)
VECTOR_AT_WITH(preadv2, off_t)
VECTOR_AT_WITH(preadv64v2, off64_t)
VECTOR_AT_WITH(pwritev2, off_t)
VECTOR_AT_WITH(pwritev64v2, off64_t)
USE(off_t, lseek, (int fd, off_t at, int from), (fd, at, from))
USE(off64_t, lseek64, (int fd, off64_t at, int from), (fd, at, from))

/* ---- Messages; those that may bring descriptors are in messages.c ---- */

USE(ssize_t, send, (int fd, const void *from, size_t bytes, int flags), (fd, from, bytes, flags))
USE(ssize_t, sendto,
    (int fd, const void *from, size_t bytes, int flags, __CONST_SOCKADDR_ARG address, socklen_t length),
    (fd, from, bytes, flags, address, length))
USE(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
USE(int, sendmmsg, (int fd, struct mmsghdr *messages, unsigned count, int flags), (fd, messages, count, flags))
USE(ssize_t, recv, (int fd, void *to, size_t bytes, int flags), (fd, to, bytes, flags))
USE(ssize_t, __recv_chk, (int fd, void *to, size_t bytes, size_t room, int flags), (fd, to, bytes, room, flags))
USE(ssize_t, recvfrom,
    (int fd, void *restrict to, size_t bytes, int flags, __SOCKADDR_ARG address, socklen_t *restrict length),
    (fd, to, bytes, flags, address, length))
USE(ssize_t, __recvfrom_chk,
    (int fd, void *restrict to, size_t bytes, size_t room, int flags, __SOCKADDR_ARG address,
     socklen_t *restrict length),
    (fd, to, bytes, room, flags, address, length))

USE(int, getsockopt, (int fd, int level, int name, void *restrict value, socklen_t *restrict length),
    (fd, level, name, value, length))
USE(int, setsockopt, (int fd, int level, int name, const void *value, socklen_t length),
    (fd, level, name, value, length))
USE(int, getsockname, (int fd, __SOCKADDR_ARG address, socklen_t *restrict length), (fd, address, length))
USE(int, getpeername, (int fd, __SOCKADDR_ARG address, socklen_t *restrict length), (fd, address, length))

/* ---- Files ---- */

/* What fstat was before glibc 2.33. */
int __fxstat(int version, int fd, struct stat *status);
int __fxstat64(int version, int fd, struct stat64 *status);

USE(int, fstat, (int fd, struct stat *status), (fd, status))
USE(int, fstat64, (int fd, struct stat64 *status), (fd, status))
USE(int, __fxstat, (int version, int fd, struct stat *status), (version, fd, status))
USE(int, __fxstat64, (int version, int fd, struct stat64 *status), (version, fd, status))
USE(int, fstatfs, (int fd, struct statfs *status), (fd, status))
USE(int, fstatfs64, (int fd, struct statfs64 *status), (fd, status))
USE(int, ftruncate, (int fd, off_t length), (fd, length))
USE(int, ftruncate64, (int fd, off64_t length), (fd, length))
USE(int, fallocate, (int fd, int mode, off_t at, off_t length), (fd, mode, at, length))
USE(int, fallocate64, (int fd, int mode, off64_t at, off64_t length), (fd, mode, at, length))
USE(int, fchmod, (int fd, mode_t mode), (fd, mode))
USE(int, fchown, (int fd, uid_t user, gid_t group), (fd, user, group))
USE(int, fchdir, (int fd), (fd))
USE(int, futimens, (int fd, const struct timespec times[2]), (fd, times))
USE(ssize_t, getdents64, (int fd, void *to, size_t bytes), (fd, to, bytes))

/* Two descriptors, either of which may be it. */
#define USE_TWO(type, symbol, parameters, arguments)                                                                   \
    LW_EXPORT type symbol parameters                                                                                   \
    {                                                                                                                  \
        type result = LW_REAL(symbol) arguments;                                                                       \
        LW_LOOK_IF(result == -1, symbol, to);                                                                          \
        LW_LOOK_IF(result == -1, symbol, from);                                                                        \
        return result;                                                                                                 \
    }

USE_TWO(ssize_t, sendfile, (int to, int from, off_t *at, size_t bytes), (to, from, at, bytes))
USE_TWO(ssize_t, sendfile64, (int to, int from, off64_t *at, size_t bytes), (to, from, at, bytes))
USE_TWO(ssize_t, splice, (int from, off64_t *from_at, int to, off64_t *to_at, size_t bytes, unsigned flags),
        (from, from_at, to, to_at, bytes, flags))
USE_TWO(ssize_t, copy_file_range, (int from, off64_t *from_at, int to, off64_t *to_at, size_t bytes, unsigned flags),
        (from, from_at, to, to_at, bytes, flags))

/* ---- Events ---- */

/* What has been closed is in no set any more: only to take it out again does no harm. */
LW_EXPORT int epoll_ctl(int set, int operation, int fd, struct epoll_event *event)
{
    int result = LW_REAL(epoll_ctl)(set, operation, fd, event);
    if (__builtin_expect(result == -1, 0)) {
        lw_use_failed(LW_HOOK_epoll_ctl, LW_FRAME, set, 0);
        lw_use_failed(LW_HOOK_epoll_ctl, LW_FRAME, fd, operation == EPOLL_CTL_DEL ? LW_USED_IN_VAIN : 0);
    }
    return result;
}

USE(int, epoll_wait, (int fd, struct epoll_event *events, int count, int timeout), (fd, events, count, timeout))
USE(int, epoll_pwait, (int fd, struct epoll_event *events, int count, int timeout, const sigset_t *signals),
    (fd, events, count, timeout, signals))
USE(int, timerfd_settime, (int fd, int flags, const struct itimerspec *new, struct itimerspec *old),
    (fd, flags, new, old))
USE(int, inotify_add_watch, (int fd, const char *path, uint32_t mask), (fd, path, mask))

/* Where it says EBADF, the kernel has read the sets and left them as they were. */
#define SELECT(symbol, type, more, arguments)                                                                          \
    LW_EXPORT int symbol(int count, fd_set *restrict in, fd_set *restrict out, fd_set *restrict error,                 \
                         type *restrict timeout more)                                                                  \
    {                                                                                                                  \
        int result = LW_REAL(symbol) arguments;                                                                        \
        if (__builtin_expect(result == -1, 0))                                                                         \
            lw_select_failed(LW_HOOK_##symbol, LW_FRAME, count, (const fd_set *const[3]){in, out, error});             \
        return result;                                                                                                 \
    }

#define SIGNALS , const sigset_t *restrict signals

SELECT(select, struct timeval, , (count, in, out, error, timeout))
SELECT(pselect, const struct timespec, SIGNALS, (count, in, out, error, timeout, signals))

/* It does not fail: it says so of each. */
static inline void look_for_closed(uint32_t hook, const void *frame, const struct pollfd *polled, nfds_t count)
{
    for (nfds_t i = 0; i < count; i++)
        if (__builtin_expect(polled[i].revents & POLLNVAL, 0))
            lw_polled_closed(hook, frame, polled[i].fd);
}

#define POLL(symbol, parameters, arguments)                                                                            \
    LW_EXPORT int symbol parameters                                                                                    \
    {                                                                                                                  \
        int result = LW_REAL(symbol) arguments;                                                                        \
        if (result > 0)                                                                                                \
            look_for_closed(LW_HOOK_##symbol, LW_FRAME, polled, count);                                                \
        return result;                                                                                                 \
    }

int __poll_chk(struct pollfd *polled, nfds_t count, int timeout, size_t room);
int __ppoll_chk(struct pollfd *polled, nfds_t count, const struct timespec *timeout, const sigset_t *signals,
                size_t room);

POLL(poll, (struct pollfd * polled, nfds_t count, int timeout), (polled, count, timeout))
POLL(ppoll, (struct pollfd * polled, nfds_t count, const struct timespec *timeout, const sigset_t *signals),
     (polled, count, timeout, signals))
POLL(__poll_chk, (struct pollfd * polled, nfds_t count, int timeout, size_t room), (polled, count, timeout, room))
POLL(__ppoll_chk,
     (struct pollfd * polled, nfds_t count, const struct timespec *timeout, const sigset_t *signals, size_t room),
     (polled, count, timeout, signals, room))
