/* The deeds of every_hook that use a descriptor which has been closed: nothing else is looked at. */
#include <poll.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "every_hook.h"

static const char *const seen[HOOKS] = {
#define LW_HOOK(symbol, x86_64, aarch64, kind, role) [HOOK_##symbol] = "misuse.* kind=11 .*call=\"" #symbol "\"",
#include "../../../preload/hooks.def"
#undef LW_HOOK
};

static int closed(void)
{
    int fd = some_file();
    put_away(fd);
    return fd;
}

static void has_failed(long result)
{
    if (result != -1 || errno != EBADF)
        printf("%s came to %ld, %d\n", seen[now], result, errno);
    shows(seen[now]);
}

/* Nothing but the first argument is looked at by then. */
static void first(void *function)
{
    has_failed(TYPED(function, long, long, void *, long, long, long, long)(closed(), NULL, 0, 0, 0, 0));
}

/* The same where the result is an int, whose upper half means nothing. */
static void first_int(void *function)
{
    has_failed(TYPED(function, int, long, void *, long, long, long, long)(closed(), NULL, 0, 0, 0, 0));
}

/* The fortified ones look at the room that they are told of. */
static void checked(void *function)
{
    char room[8];
    has_failed(
        TYPED(function, long, long, void *, long, long, long, long)(closed(), room, 0, sizeof room, sizeof room, 0));
}

static void checked_from(void *function)
{
    char room[8];
    has_failed(TYPED(function, ssize_t, int, void *, size_t, size_t, int, void *,
                     socklen_t *)(closed(), room, 0, sizeof room, 0, NULL, NULL));
}

static void asked_in_the_old_way(void *function)
{
    struct stat64 status;
    has_failed(TYPED(function, int, int, int, void *)(1, closed(), &status));
}

static void asked(void *function)
{
    struct stat64 status;
    has_failed(TYPED(function, int, int, void *)(closed(), &status));
}

static void locked(void *function)
{
    has_failed(TYPED(function, int, int, int, off_t)(closed(), 2 /* LOCK_EX; F_TLOCK */, 0));
}

/* The second of two. */
static void sent(void *function)
{
    has_failed(TYPED(function, ssize_t, int, int, void *, size_t)(1, closed(), NULL, 1));
}

static void moved(void *function)
{
    has_failed(TYPED(function, ssize_t, int, void *, int, void *, size_t, unsigned)(0, NULL, closed(), NULL, 1, 0));
}

static void controlled(void *function)
{
    char event[16] = {0};
    has_failed(TYPED(function, int, int, int, int, void *)(closed(), 1, 0, event));
}

static void waited(void *function)
{
    char event[16];
    has_failed(TYPED(function, int, int, void *, int, int, void *)(closed(), event, 1, 0, NULL));
}

static void set(void *function)
{
    struct timespec when[2] = {{0, 0}, {0, 0}};
    has_failed(TYPED(function, int, int, int, void *, void *)(closed(), 0, when, NULL));
}

static void watched(void *function)
{
    has_failed(TYPED(function, int, int, const char *, uint32_t)(closed(), ".", 2));
}

static void selected(void *function)
{
    fd_set in;
    int fd = closed();
    FD_ZERO(&in);
    FD_SET(fd, &in);
    has_failed(
        TYPED(function, int, int, fd_set *, fd_set *, fd_set *, void *, void *)(fd + 1, &in, NULL, NULL, NULL, NULL));
}

static void told_by_poll(struct pollfd polled, int result)
{
    if (result != 1 || polled.revents != POLLNVAL)
        printf("%s came to %d\n", seen[now], result);
    shows(seen[now]);
}

static void polled_in_ms(void *function)
{
    struct pollfd polled = {.fd = closed(), .events = POLLIN};
    int result = TYPED(function, int, struct pollfd *, nfds_t, int, size_t)(&polled, 1, 0, sizeof polled);
    told_by_poll(polled, result);
}

static void polled_in_ns(void *function)
{
    struct pollfd polled = {.fd = closed(), .events = POLLIN};
    const struct timespec none = {0, 0};
    int result = TYPED(function, int, struct pollfd *, nfds_t, const struct timespec *, const sigset_t *,
                       size_t)(&polled, 1, &none, NULL, sizeof polled);
    told_by_poll(polled, result);
}

deed *const use_deeds[HOOKS] = {
    [HOOK_read] = first,
    [HOOK___read_chk] = checked,
    [HOOK_pread] = first,
    [HOOK_pread64] = first,
    [HOOK___pread_chk] = checked,
    [HOOK___pread64_chk] = checked,
    [HOOK_readv] = first,
    [HOOK_preadv] = first,
    [HOOK_preadv64] = first,
    [HOOK_preadv2] = first,
    [HOOK_preadv64v2] = first,
    [HOOK_pwrite] = first,
    [HOOK_pwrite64] = first,
    [HOOK_write] = first,
    [HOOK_writev] = first,
    [HOOK_pwritev] = first,
    [HOOK_pwritev64] = first,
    [HOOK_pwritev2] = first,
    [HOOK_pwritev64v2] = first,
    [HOOK_lseek] = first,
    [HOOK_lseek64] = first,
    [HOOK_send] = first,
    [HOOK_sendto] = first,
    [HOOK_sendmsg] = first,
    [HOOK_sendmmsg] = first_int,
    [HOOK_recv] = first,
    [HOOK___recv_chk] = checked,
    [HOOK_recvfrom] = first,
    [HOOK___recvfrom_chk] = checked_from,
    [HOOK_fstat] = asked,
    [HOOK_fstat64] = asked,
    [HOOK___fxstat] = asked_in_the_old_way,
    [HOOK___fxstat64] = asked_in_the_old_way,
    [HOOK_fstatfs] = asked,
    [HOOK_fstatfs64] = asked,
    [HOOK_ftruncate] = first_int,
    [HOOK_ftruncate64] = first_int,
    [HOOK_fallocate] = set,
    [HOOK_fallocate64] = set,
    [HOOK_fchmod] = first_int,
    [HOOK_fchown] = first_int,
    [HOOK_fchdir] = first_int,
    [HOOK_futimens] = first_int,
    [HOOK_flock] = locked,
    [HOOK_lockf] = locked,
    [HOOK_lockf64] = locked,
    [HOOK_getdents64] = first,
    [HOOK_sendfile] = sent,
    [HOOK_sendfile64] = sent,
    [HOOK_splice] = moved,
    [HOOK_copy_file_range] = moved,
    [HOOK_getsockopt] = first_int,
    [HOOK_setsockopt] = first_int,
    [HOOK_getsockname] = first_int,
    [HOOK_getpeername] = first_int,
    [HOOK_epoll_ctl] = controlled,
    [HOOK_epoll_wait] = waited,
    [HOOK_epoll_pwait] = waited,
    [HOOK_select] = selected,
    [HOOK_pselect] = selected,
    [HOOK_poll] = polled_in_ms,
    [HOOK_ppoll] = polled_in_ns,
    [HOOK___poll_chk] = polled_in_ms,
    [HOOK___ppoll_chk] = polled_in_ns,
    [HOOK_timerfd_settime] = set,
    [HOOK_inotify_add_watch] = watched,
};
