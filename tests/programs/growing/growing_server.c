/* The server of tests/cli/test_growth_server.py: it answers on the loopback, under a load that goes up and down like that
 * of days, which are seconds here, with bursts. The load comes from a child. It may hold 1,024 descriptors, as the test says.
 *
 *     growing_server leak|pool|keepalive|cache|mix SECONDS SEED
 *
 * It prints "serving", and at the end what became of it and when, by CLOCK_MONOTONIC: "full accept4 12345.678" where no
 * descriptor was left, "over 12345.678" where the load has ended.
 */
#include "growing.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { LIMIT = 1024, ONE_IN = 50 };

static const struct mode modes[] = {
    {.name = "leak", .requests = 1200, .forgets = true},
    {.name = "pool", .requests = 150, .heavy = 1, .pools = true},
    {.name = "keepalive", .requests = 50, .sessions = 30},
    {.name = "cache", .requests = 70, .heavy = 1, .caches = true},
    {.name = "mix", .requests = 600, .sessions = 15, .heavy = 0.1, .forgets = true, .pools = true, .caches = true},
};

static struct connection {
    bool is_request, is_forgotten;
    int of_database;
} connections[LIMIT];
static int poller;
struct progress *progress;

static int listen_locally(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    must(bind(listener, (struct sockaddr *)&address, sizeof address), "bind");
    must(listen(listener, 4096), "listen");
    return listener;
}

static void watch(int fd)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.fd = fd};
    must(epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

/* ---- What is served ---- */

__attribute__((noinline)) static int take_request(int listener)
{
    return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); /* place: request */
}

__attribute__((noinline)) static int take_session(int listener)
{
    const int on = 1;
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); /* place: session */
    if (fd >= 0)
        must(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on), "setsockopt");
    return fd;
}

static void begin(const struct mode *mode, const struct listeners *listeners, int listener)
{
    bool is_request = listener == listeners->requests;
    int fd = is_request ? take_request(listener) : take_session(listener);
    if (fd < 0 && errno == EMFILE)
        no_descriptor_left("accept4");
    must(fd, "accept4");
    connections[fd] = (struct connection){.is_request = is_request, .of_database = -1};
    connections[fd].is_forgotten = is_request && mode->forgets && random_share() < 1.0 / ONE_IN;
    watch(fd);
}

static void end(int fd)
{
    struct connection *connection = &connections[fd];
    if (connection->of_database >= 0)
        return_connection(connection->of_database);
    progress->ended += connection->is_request;
    if (connection->is_forgotten) /* the mistake: nobody knows of it any more, and it is open */
        must(epoll_ctl(poller, EPOLL_CTL_DEL, fd, NULL), "epoll_ctl");
    else
        must(close(fd), "close");
}

static void serve(const struct mode *mode, int database, int fd)
{
    struct request request;
    if (read(fd, &request, sizeof request) != sizeof request) {
        end(fd);
        return;
    }
    if (mode->pools && request.is_heavy && connections[fd].of_database < 0)
        connections[fd].of_database = borrow_connection(database);
    if (mode->caches && request.is_heavy)
        look_up_file(request.file);
    (void)!send(fd, &request, sizeof request, MSG_NOSIGNAL);
}

/* ---- The loop ---- */

static void go_on(const struct mode *mode, const struct listeners *listeners, int fd)
{
    if (fd == listeners->requests || fd == listeners->sessions)
        begin(mode, listeners, fd);
    else
        serve(mode, listeners->database, fd);
}

/* Until the load has ended: its end of the pipe is closed then. */
static void serve_all(const struct mode *mode, const struct listeners *listeners, int life)
{
    struct epoll_event events[64];
    watch(listeners->requests);
    watch(listeners->sessions);
    watch(life);
    for (;;) {
        int count = epoll_wait(poller, events, COUNT(events), -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == life)
                return;
            go_on(mode, listeners, events[i].data.fd);
        }
    }
}

static const struct mode *mode_of(const char *name)
{
    for (size_t i = 0; i < COUNT(modes); i++)
        if (strcmp(modes[i].name, name) == 0)
            return &modes[i];
    fprintf(stderr, "%s: no such mode\n", name);
    exit(98);
}

int main(int count, char **arguments)
{
    if (count != 4)
        exit(98);
    const struct mode *mode = mode_of(arguments[1]);
    const double seconds = strtod(arguments[2], NULL);
    const unsigned seed = (unsigned)strtoul(arguments[3], NULL, 10);
    const struct listeners listeners = {listen_locally(), listen_locally(), listen_locally()};
    int life[2];
    progress = mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (progress == MAP_FAILED)
        must(-1, "mmap");
    must(pipe2(life, O_CLOEXEC), "pipe2");
    fflush(stdout);
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(life[0]);
        make_load(mode, &listeners, seconds, seed);
    }
    close(life[1]);
    srand48((long)seed + 1);
    poller = must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    puts("serving");
    fflush(stdout);
    serve_all(mode, &listeners, life[0]);
    printf("over %.3f\n", now());
    return end_of(child);
}
