/* Descriptors that are waited on: events, signals, timers, changes of files, processes. */
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include "hook.h"

LW_ACQUIRE_FD(eventfd, (unsigned count, int flags), (count, flags), NULL, .open_flags = (uint32_t)flags,
              .cloexec = flags & EFD_CLOEXEC)
LW_ACQUIRE_FD(timerfd_create, (int clock, int flags), (clock, flags), NULL, .open_flags = (uint32_t)flags,
              .cloexec = flags & TFD_CLOEXEC)
LW_ACQUIRE_FD(epoll_create, (int size), (size), NULL, .cloexec = false)
LW_ACQUIRE_FD(epoll_create1, (int flags), (flags), NULL, .open_flags = (uint32_t)flags,
              .cloexec = flags & EPOLL_CLOEXEC)
LW_ACQUIRE_FD(inotify_init, (void), (), NULL, .cloexec = false)
LW_ACQUIRE_FD(inotify_init1, (int flags), (flags), NULL, .open_flags = (uint32_t)flags, .cloexec = flags & IN_CLOEXEC)
LW_ACQUIRE_FD(fanotify_init, (unsigned flags, unsigned event_flags), (flags, event_flags), NULL, .open_flags = flags,
              .cloexec = flags & FAN_CLOEXEC)
LW_ACQUIRE_FD(pidfd_open, (pid_t pid, unsigned flags), (pid, flags), NULL, .open_flags = flags, .cloexec = true)
/* Another process's descriptor: of what kind is not known here. */
LW_ACQUIRE_FD(pidfd_getfd, (int pidfd, int target, unsigned flags), (pidfd, target, flags), NULL, .flags = LW_RECEIVED,
              .cloexec = true)

/* With a descriptor that is there already, signalfd only changes it. */
LW_EXPORT int signalfd(int fd, const sigset_t *signals, int flags)
{
    if (fd >= 0)
        return LW_REAL(signalfd)(fd, signals, flags);
    LW_ENTER_OR_RETURN(signalfd, (fd, signals, flags));
    int lw_result = LW_UNLESS_INJECTED(signalfd, -1, NULL, (fd, signals, flags));
    lw_acquired_fd(&lw_call, lw_result, LW_KIND_OF_signalfd,
                   &(struct lw_detail){.open_flags = (uint32_t)flags, .cloexec = flags & SFD_CLOEXEC});
    return lw_result;
}
