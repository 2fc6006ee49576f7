/* Takes and gives back in one of several ways, in turns of two milliseconds: what a service does in days, in seconds.
 *
 *     habits WAY TURNS
 *
 * On a busy machine a turn takes longer, and all else stays as it is: everything is counted in turns. It says on its
 * standard output how far it has come: "half" when half of its turns are over (a way that leaks: when half of the limit is
 * open), and at last "end", or "full" and the time (of CLOCK_MONOTONIC, in seconds) where there is no descriptor left.
 * Then it waits until its standard input ends. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 4096, KEYS = 60, POOL = 40, EACH = 2 };

static unsigned turn, turns, open_now, limit;
static bool leaks;

/* ---- Numbers that are the same in every run */

static unsigned long long state = 1;
static double share(void)
{
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return ((double)(state >> 12) + 0.5) / 4503599627370496.0;
}

/* ---- What is open, until which turn */

static struct {
    int fd;
    unsigned until;
} taken[MOST];
static unsigned taken_count;

static void wait_for_end(void)
{
    char byte;
    fflush(stdout);
    while (read(0, &byte, 1) > 0)
        ;
    exit(0);
}

static void say_half(void)
{
    static bool is_said;
    if (!is_said)
        puts("half");
    fflush(stdout);
    is_said = true;
}

static int counted(int fd)
{
    struct timespec now;
    if (fd < 0 && errno == EMFILE) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        printf("full %.9f\n", (double)now.tv_sec + (double)now.tv_nsec / 1e9);
        wait_for_end();
    }
    if (fd < 0)
        exit(99);
    open_now++;
    if (leaks && open_now == limit / 2)
        say_half();
    return fd;
}

static void give_back(int fd)
{
    close(fd);
    open_now--;
}

static void keep(int fd, unsigned for_turns)
{
    if (taken_count == MOST)
        exit(98);
    taken[taken_count].fd = fd;
    taken[taken_count++].until = turn + for_turns;
}

static void give_back_what_is_due(void)
{
    for (unsigned i = 0; i < taken_count;)
        if (taken[i].until <= turn) {
            give_back(taken[i].fd);
            taken[i] = taken[--taken_count];
        } else
            i++;
}

/* ---- Ways: what happens in each turn. Requests take sockets. */

static int request(void)
{
    return counted(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int configuration(void)
{
    return counted(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

static unsigned short_time(void)
{
    return 1 + (unsigned)(5 * share());
}

static void steady(void)
{
    for (unsigned i = 0; i < EACH; i++)
        keep(request(), short_time());
}

static void one_in_sixteen(void)
{
    for (unsigned i = 0; i < EACH; i++) {
        int fd = request();
        if (share() > 1.0 / 16)
            keep(fd, short_time());
    }
}

/* More is done at some times than at others. */
static void one_in_eight_in_waves(void)
{
    double wave = 1 + 0.9 * sin(turn / 40.0);
    for (unsigned i = 0; i < EACH && share() < wave / 2; i++) {
        int fd = request();
        if (share() > 1.0 / 8)
            keep(fd, short_time());
    }
}

static void everything(void)
{
    steady();
    if (share() < 1.0 / 10)
        counted(eventfd(0, EFD_CLOEXEC));
}

static void keep_alive(void)
{
    double stays = 2 * pow(share(), -1 / 1.1);
    keep(request(), stays < 500 ? (unsigned)stays : 500);
}

static void pool(void)
{
    static unsigned until[POOL];
    static int members[POOL];
    unsigned wanted = turn % 150 < 30 ? 1 + (unsigned)(12 * share()) : 1;
    steady();
    for (unsigned i = 0; i < POOL && wanted > 0; i++) {
        if (members[i] && until[i] > turn)
            continue;
        if (!members[i])
            members[i] = counted(eventfd(0, EFD_CLOEXEC));
        until[i] = turn + short_time();
        wanted--;
    }
}

/* Few keys are asked for often, many seldom. */
static void cache(void)
{
    static bool there[KEYS];
    unsigned key = (unsigned)(KEYS * pow(share(), 3));
    steady();
    if (turn % 4 == 0 && !there[key]) {
        counted(eventfd(0, EFD_CLOEXEC));
        there[key] = true;
    }
}

static void warm_up(void)
{
    for (unsigned i = 0; turn == 1 && i < 60; i++)
        counted(eventfd(0, EFD_CLOEXEC));
    steady();
}

static void collector(void)
{
    for (unsigned i = 0; i < EACH && share() < 0.5; i++)
        keep(request(), 60 - turn % 60);
}

static const struct way {
    const char *name;
    void (*take)(void);
    bool leaks;
} ways[] = {{"steady", steady, false},
            {"one-in-sixteen", one_in_sixteen, true},
            {"one-in-eight-in-waves", one_in_eight_in_waves, true},
            {"everything", everything, true},
            {"keep-alive", keep_alive, false},
            {"pool", pool, false},
            {"cache", cache, false},
            {"warm-up", warm_up, false},
            {"collector", collector, false}};

static const struct way *way_of(const char *name)
{
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        if (strcmp(ways[i].name, name) == 0)
            return &ways[i];
    exit(97);
}

int main(int count, char **arguments)
{
    static const struct timespec pause = {.tv_nsec = 2000000};
    struct rlimit files;
    if (count != 3 || getrlimit(RLIMIT_NOFILE, &files) != 0)
        return 96;
    const struct way *way = way_of(arguments[1]);
    limit = (unsigned)files.rlim_cur;
    turns = (unsigned)atoi(arguments[2]);
    leaks = way->leaks;
    for (unsigned i = 0; i < 4; i++)
        configuration();
    for (turn = 1; turn <= turns; turn++) {
        give_back_what_is_due();
        way->take();
        nanosleep(&pause, NULL);
        if (!leaks && turn == turns / 2)
            say_half();
    }
    puts("end");
    wait_for_end();
}
