/* Descriptors that come over a socket: SCM_RIGHTS, SCM_PIDFD. */
#include <string.h>
#include <sys/socket.h>

#include "hook.h"
#include "shared.h"
#include "wake/wake.h"

#define TYPE_RIGHTS 1 /* SCM_RIGHTS */
#define TYPE_PIDFD 4  /* SCM_PIDFD */

static void arrived(struct lw_call *call, int type, const char *data, size_t bytes, bool cloexec)
{
    struct lw_detail detail = {.flags = LW_RECEIVED, .cloexec = cloexec || type == TYPE_PIDFD};
    char path[LW_DETAIL + 1];
    int fd;
    for (; bytes >= sizeof fd; data += sizeof fd, bytes -= sizeof fd) {
        memcpy(&fd, data, sizeof fd);
        if (fd < 0) /* instead of a process descriptor there may be the error that prevented it */
            continue;
        uint32_t kind =
            type == TYPE_PIDFD ? LW_FD_PIDFD : lw_number_is((unsigned)fd, path, sizeof path, &detail.length);
        detail.text = detail.length ? path : NULL;
        lw_acquired_fd(call, fd, kind, &detail);
    }
}

/* Bytes are copied out: the program may keep its buffer wherever it likes. What MSG_CTRUNC cut off was never installed;
 * what MSG_PEEK shows was installed for this very call. Other levels use the same type numbers for other things. */
void lw_received(struct lw_call *call, const struct msghdr *message, int flags)
{
    const char *at = message->msg_control;
    size_t left = message->msg_controllen;
    struct cmsghdr header;
    while (left >= sizeof header) {
        memcpy(&header, at, sizeof header);
        if (header.cmsg_len < sizeof header)
            return;
        size_t length = header.cmsg_len < left ? header.cmsg_len : left;
        if (header.cmsg_level == SOL_SOCKET && (header.cmsg_type == TYPE_RIGHTS || header.cmsg_type == TYPE_PIDFD))
            arrived(call, header.cmsg_type, at + sizeof header, length - sizeof header, flags & MSG_CMSG_CLOEXEC);
        size_t step = CMSG_ALIGN(length);
        if (step >= left)
            return;
        at += step;
        left -= step;
    }
}

/* Most messages carry nothing beside their bytes, so it is looked at before anything is asked or booked. */
LW_EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    struct lw_call call;
    ssize_t result = LW_REAL(recvmsg)(fd, message, flags);
    LW_LOOK_IF(result == -1, recvmsg, fd);
    if (result >= 0 && message->msg_controllen && lw_enter(&call, LW_HOOK_recvmsg, LW_FRAME))
        lw_received(&call, message, flags);
    return result;
}

LW_EXPORT int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout)
{
    struct lw_call call;
    bool entered = false;
    int result = LW_REAL(recvmmsg)(fd, messages, count, flags, timeout);
    LW_LOOK_IF(result == -1, recvmmsg, fd);
    for (int i = 0; i < result; i++) {
        const struct msghdr *message = &messages[i].msg_hdr;
        if (message->msg_controllen && (entered = entered || lw_enter(&call, LW_HOOK_recvmmsg, LW_FRAME)))
            lw_received(&call, message, flags);
    }
    return result;
}
