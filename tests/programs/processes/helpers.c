/* A listener without O_CLOEXEC crosses into the helpers of a worker, which has a ledger of its own, and of a worker of that
 * worker. And a socket that crosses into ten helpers, of two programs, is one socket.
 *
 * expect: inherited-fd count=2 level=note call=socket function=open_listener line=listener pids=2 later=*exec?into?/bin/true*
 * expect: inherited-fd count=1 level=note call=socketpair function=open_channel line=channel
 *         later=*and?1?other?program,?10?times*
 */
#include "program.h"

#include <netinet/in.h>
#include <sys/socket.h>

static int open_listener(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = must(socket(AF_INET, SOCK_STREAM, 0), "socket"); /* leak:listener */
    must(bind(listener, (struct sockaddr *)&address, sizeof address), "bind");
    must(listen(listener, 5), "listen");
    return listener;
}

static void open_channel(int ends[2])
{
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair"); /* leak:channel */
    must(fcntl(ends[1], F_SETFD, FD_CLOEXEC), "fcntl");
}

static void run_helper(const char *program)
{
    pid_t helper = must(fork(), "fork");
    if (helper == 0) {
        execl(program, program, "-c", "exit 0", (char *)NULL);
        _exit(98);
    }
    end_of(helper);
}

/* Its own ledger begins with the first thing that it opens. */
static void work(int depth)
{
    pid_t worker = must(fork(), "fork");
    if (worker == 0) {
        must(close(must(open("/dev/null", O_RDONLY | O_CLOEXEC), "open")), "close");
        run_helper("/bin/true");
        if (depth > 1)
            work(depth - 1);
        _exit(0);
    }
    end_of(worker);
}

int main(void)
{
    int ends[2], listener = open_listener();
    work(2);
    must(close(listener), "close");
    open_channel(ends);
    for (int i = 0; i < 10; i++)
        run_helper(i < 5 ? "/bin/true" : "/bin/false");
    must(close(ends[0]), "close");
    must(close(ends[1]), "close");
    return 0;
}
