/* One call may acquire things of several kinds: each kind is a place of its own. The child of a terminal is not waited for
 * by closing the terminal, and what is kept of one kind is not given back with the other. What is told of a place as a
 * whole (siblings) counts descriptors together, and children apart from them.
 *
 * expect: child-leak count=1 level=note call=forkpty function=begin line=begin siblings=1
 * expect: fd-leak count=3 call=dup function=duplicate line=duplicate type=socketpair siblings=6
 * expect: fd-leak count=1 call=fcntl function=duplicate_above line=above type=pipe siblings=6
 */
#include "program.h"

#include <pty.h>
#include <sys/socket.h>

static volatile int times = 3; /* a loop stays a loop: one place */

static void begin(void)
{
    int terminal = -1;
    pid_t child = forkpty(&terminal, NULL, NULL, NULL); /* leak:begin */
    if (child == 0)
        _exit(0);
    must(child, "forkpty");
    must(close(terminal), "close");
}

static int __attribute__((noinline)) duplicate(int fd)
{
    return must(dup(fd), "dup"); /* leak:duplicate */
}

static int __attribute__((noinline)) duplicate_above(int fd)
{
    return must(fcntl(fd, F_DUPFD_CLOEXEC, 40), "fcntl"); /* leak:above */
}

int main(void)
{
    int file = must(open("/dev/null", O_RDONLY | O_CLOEXEC), "open"), ends[2], sockets[2];
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), "socketpair");
    must(pipe(ends), "pipe");
    const int kept[3] = {sockets[0], file, ends[0]};
    begin();
    for (volatile int i = 0; i < 2 * times; i++) {
        int copy = duplicate(kept[i % 2]);
        if (i % 2 == 1)
            must(close(copy), "close");
    }
    for (volatile int i = 0; i < 2 * times; i++) {
        int copy = duplicate_above(kept[i % 2 + 1]);
        if (i != 3)
            must(close(copy), "close");
    }
    must(close(file), "close");
    for (int i = 0; i < 2; i++) {
        must(close(ends[i]), "close");
        must(close(sockets[i]), "close");
    }
    return 0;
}
