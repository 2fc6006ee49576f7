/* POSIX message queues: on Linux their descriptors are file descriptors. */
#include <fcntl.h>
#include <mqueue.h>
#include <stdarg.h>

#include "hook.h"

LW_EXPORT mqd_t mq_open(const char *name, int flags, ...)
{
    mode_t mode = 0;
    struct mq_attr *attributes = NULL;
    if (flags & O_CREAT) {
        va_list more;
        va_start(more, flags);
        mode = va_arg(more, mode_t);
        attributes = va_arg(more, struct mq_attr *);
        va_end(more);
    }
    LW_ENTER_OR_RETURN(mq_open, (name, flags, mode, attributes));
    mqd_t lw_result = LW_UNLESS_INJECTED(mq_open, -1, name, (name, flags, mode, attributes));
    lw_acquired_fd(&lw_call, lw_result, LW_KIND_OF_mq_open,
                   &(struct lw_detail){.text = name, .open_flags = (uint32_t)flags, .cloexec = true});
    return lw_result;
}

LW_ACQUIRE_FD(__mq_open_2, (const char *name, int flags), (name, flags), name, .text = name,
              .open_flags = (uint32_t)flags, .cloexec = true)
LW_RELEASE_FD(mq_close)
