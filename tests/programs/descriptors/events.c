/* Descriptors that count, wait and watch: eventfd, timerfd, signalfd, epoll, inotify, fanotify.
 *
 * expect: fd-leak count=3 call=eventfd function=wake_up type=eventfd
 * expect: fd-leak count=5 call=timerfd_create function=tick line=tick type=timerfd
 * expect: fd-leak count=3 call=signalfd function=listen_for_signals type=signalfd
 * expect: fd-leak count=3 call=epoll_create1 function=poll_all type=epoll
 * expect: fd-leak count=1 call=epoll_create function=poll_old type=epoll
 * expect: fd-leak count=3 call=inotify_init1 function=watch_tree type=inotify
 * expect: fd-leak count=1 call=inotify_init function=watch_old type=inotify
 */
#include "program.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

static int wake_up(void)
{
    return must(eventfd(1, EFD_CLOEXEC), "eventfd");
}

static int tick(void)
{
    return must(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), "timerfd_create"); /* leak:tick */
}

/* signalfd on an existing descriptor changes it and returns the same number: that is no second acquisition. */
static int listen_for_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    int fd = must(signalfd(-1, &set, SFD_CLOEXEC), "signalfd");
    sigaddset(&set, SIGUSR2);
    if (must(signalfd(fd, &set, 0), "signalfd") != fd)
        puts("signalfd gave another number");
    return fd;
}

static int poll_all(void)
{
    return must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
}

static int poll_old(void)
{
    return must(epoll_create(1), "epoll_create");
}

static int watch_tree(void)
{
    int fd = must(inotify_init1(IN_CLOEXEC), "inotify_init1");
    must(inotify_add_watch(fd, ".", IN_CREATE), "inotify_add_watch");
    return fd;
}

static int watch_old(void)
{
    return must(inotify_init(), "inotify_init");
}

/* Needs a privilege: closed where it works, and no finding where it does not. */
static void watch_mount(void)
{
    int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC, O_RDONLY);
    if (fd >= 0)
        must(close(fd), "close");
}

int main(void)
{
    static const struct deed deeds[] = {
        {wake_up, 50, 3}, {tick, 3, 5},       {listen_for_signals, 2, 3}, {poll_all, 1, 3},
        {poll_old, 5, 1}, {watch_tree, 1, 3}, {watch_old, 1, 1},
    };
    watch_mount();
    do_deeds(deeds, COUNT(deeds));
    return 0;
}
