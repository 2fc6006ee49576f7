/* What is held to the end is told in one line each, and each line names what it takes to find the place: all lines of the
 * source, or the caller in which two findings differ, and whose it is where several processes are told of.
 *
 * expect: fd-leak count=3 level=warning held=true call=socket function=connect_all type=socket
 * expect: fd-leak count=2 level=warning held=true call=pipe2 function=start_first type=pipe
 * expect: fd-leak count=2 level=warning held=true call=pipe2 function=start_second type=pipe
 * expect: fd-leak count=1 level=warning held=true call=open function=work type=file
 * expect-text:   3 sockets, opened by socket at *held_places.c:24, 25 and 26 in connect_all (of held_places)*fd-leak*
 * expect-text:   2 pipe ends, opened by pipe2 at *:31 in wake, called at *:36 in start_first (of held_places)*fd-leak*
 * expect-text:   2 pipe ends, opened by pipe2 at *:31 in wake, called at *:41 in start_second (of held_places)*fd-leak*
 * expect-text:   1 file, opened by open at *held_places.c:46 in work (of held_places): work.txt *fd-leak*
 */
#include "program.h"

#include <sys/socket.h>
#include <sys/wait.h>

#define OUT_OF_LINE __attribute__((noinline))

static int ends[2][2];

static OUT_OF_LINE void connect_all(void)
{
    must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
}

static OUT_OF_LINE void wake(int pair[2])
{
    must(pipe2(pair, O_CLOEXEC), "pipe2");
}

static OUT_OF_LINE void start_first(void)
{
    wake(ends[0]);
}

static OUT_OF_LINE void start_second(void)
{
    wake(ends[1]);
}

static OUT_OF_LINE void work(void)
{
    must(open("work.txt", O_RDWR | O_CREAT, 0600), "open");
}

int main(void)
{
    connect_all();
    start_first();
    start_second();
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        work();
        return 0;
    }
    must(waitpid(child, NULL, 0), "waitpid");
    return 0;
}
