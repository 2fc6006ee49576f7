/* Clients: requests, as many as a day's time and chance have it, and sessions that stay. */
#include "growing.h"

#include <math.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#define DAY 8.0         /* seconds */
#define SWING 0.7       /* noon has so much more than the mean, midnight so much less */
#define BURST_EVERY 3.0 /* on average */
#define BURST_SECONDS 0.3
#define BURST_FACTOR 2.5
#define SHORTEST_SESSION 0.5
#define LIGHT 0.02 /* seconds that a request takes, on average */
#define HEAVY 0.3
#define FILES 3000
#define IN_PROGRESS 200 /* requests, at most: where the machine is busy with others, they come later */

double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

double random_share(void)
{
    return 1 - drand48(); /* never 0 */
}

double random_span(double mean)
{
    return -log(random_share()) * mean;
}

/* ---- When each client leaves: a heap ---- */

static struct leaving {
    double when;
    int fd;
} leaving[1 << 16];
static size_t clients;

static void swap(size_t a, size_t b)
{
    struct leaving kept = leaving[a];
    leaving[a] = leaving[b];
    leaving[b] = kept;
}

static void stay(int fd, double until)
{
    size_t place = clients++;
    leaving[place] = (struct leaving){until, fd};
    for (; place > 0 && leaving[place].when < leaving[(place - 1) / 2].when; place = (place - 1) / 2)
        swap(place, (place - 1) / 2);
}

static void sink(size_t place)
{
    for (;;) {
        size_t least = place;
        for (size_t child = 2 * place + 1; child <= 2 * place + 2; child++)
            if (child < clients && leaving[child].when < leaving[least].when)
                least = child;
        if (least == place)
            return;
        swap(place, least);
        place = least;
    }
}

static void let_first_go(void)
{
    char answer[64];
    (void)!recv(leaving[0].fd, answer, sizeof answer, MSG_DONTWAIT);
    close(leaving[0].fd);
    leaving[0] = leaving[--clients];
    sink(0);
}

/* ---- Clients ---- */

/* Few files are asked for often, and many once in a while. */
static uint32_t some_file(void)
{
    return (uint32_t)(pow(FILES, random_share()) - 1);
}

static bool come(int listener, double stays, bool is_heavy)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    struct request request = {is_heavy, some_file()};
    must(getsockname(listener, (struct sockaddr *)&address, &length), "getsockname");
    int fd = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    if (connect(fd, (struct sockaddr *)&address, length) != 0 ||
        send(fd, &request, sizeof request, MSG_NOSIGNAL) != sizeof request) {
        close(fd); /* a port was not free, or the server is gone */
        return false;
    }
    stay(fd, now() + stays);
    return true;
}

/* Most are short, and one in a thousand lasts three minutes: Pareto. */
static double session_span(void)
{
    return SHORTEST_SESSION * pow(random_share(), -1 / 1.2);
}

static uint64_t requests; /* that were sent */

static void send_client(const struct mode *mode, const struct listeners *listeners)
{
    const bool is_heavy = random_share() < mode->heavy;
    if (random_share() < mode->sessions / (mode->sessions + mode->requests))
        (void)come(listeners->sessions, session_span(), false);
    else
        requests += come(listeners->requests, random_span(is_heavy ? HEAVY : LIGHT), is_heavy);
}

/* ---- The day ---- */

static double rate_at(const struct mode *mode, double time, bool is_burst)
{
    double rate = (mode->requests + mode->sessions) * (1 - SWING * cos(2 * M_PI * time / DAY));
    return is_burst ? BURST_FACTOR * rate : rate;
}

static void sleep_until(double when)
{
    struct timespec time = {.tv_sec = (time_t)when};
    time.tv_nsec = (long)((when - floor(when)) * 1e9);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR)
        continue;
}

static void live_until(double when)
{
    while (clients > 0 && leaving[0].when <= when) {
        sleep_until(leaving[0].when);
        let_first_go();
    }
    sleep_until(when);
}

static void wait_for_server(void)
{
    while (requests - progress->ended >= IN_PROGRESS)
        live_until(now() + 0.002);
}

_Noreturn void make_load(const struct mode *mode, const struct listeners *listeners, double seconds, unsigned seed)
{
    const double start = now();
    double burst = start + random_span(BURST_EVERY);
    struct rlimit limit;
    must(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    must(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
    srand48((long)seed);
    for (double time = start; time < start + seconds;) {
        if (time > burst + BURST_SECONDS)
            burst = time + random_span(BURST_EVERY);
        time += random_span(1 / rate_at(mode, time - start, time >= burst));
        live_until(time);
        wait_for_server();
        send_client(mode, listeners);
    }
    exit(0);
}
