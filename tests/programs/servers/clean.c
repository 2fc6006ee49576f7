/* Gives everything back: nothing to find, whatever the road. */
#include "program.h"

#include <dirent.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static void use_files(void)
{
    int fd = must(open("clean.txt", O_RDWR | O_CREAT, 0600), "open");
    int copy = must(fcntl(fd, F_DUPFD_CLOEXEC, 30), "F_DUPFD_CLOEXEC");
    must(dup2(fd, copy), "dup2");
    must(close(fd), "close");
    must(fclose(must_have(fdopen(copy, "w"), "fdopen")), "fclose");
    must(closedir(must_have(opendir("."), "opendir")), "closedir");
}

static void use_sockets(void)
{
    int ends[2], watcher = must(epoll_create1(0), "epoll_create1");
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    struct epoll_event event = {.events = EPOLLIN};
    must(epoll_ctl(watcher, EPOLL_CTL_ADD, ends[0], &event), "epoll_ctl");
    must(shutdown(ends[1], SHUT_RDWR), "shutdown");
    must(close_range((unsigned)ends[0], (unsigned)ends[1], 0), "close_range");
    must(close(watcher), "close");
}

static void use_children(void)
{
    must(pclose(must_have(popen("exit 0", "r"), "popen")), "pclose");
    must(system("exit 0"), "system");
    pid_t child = must(fork(), "fork");
    if (child == 0)
        _exit(0);
    end_of(child);
}

int main(void)
{
    for (int i = 0; i < 5; i++) {
        use_files();
        use_sockets();
        use_children();
    }
    puts("clean");
    return 0;
}
