/* Does over and over what has a usual road, in the first thread and in another one, for scopes and for none, and leaves some of
 * it. Ends with 7; says so where errno was not left as it was. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <leakwatch/leakwatch.h>

enum { STATUS = 7, ROUNDS = 30, MANY = 60, KEPT = 77 };

#define LONG_PATH                                                                                                      \
    "/dev/../dev/../dev/../dev/../dev/../dev/../dev/../dev/../dev/../dev/../dev/../dev/../dev/../dev/../dev/../dev/"   \
    "null"

static FILE *must_open(const char *path, const char *mode)
{
    FILE *stream = fopen(path, mode);
    if (!stream)
        abort();
    return stream;
}

/* In some rounds things are left, and streams are closed that have lost something or whose descriptor is gone. */
static void work(int round, const char *mode)
{
    int ends[2];
    errno = KEPT;
    FILE *null = must_open("/dev/null", mode), *hosts = must_open("/etc/passwd", "r"), *cut = must_open(LONG_PATH, "r");
    int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC), other = dup(fd);
    if (fd < 0 || other < 0 || pipe2(ends, O_CLOEXEC) != 0)
        abort();
    DIR *directory = opendir("/etc");
    FILE *over = fdopen(open("/etc/passwd", O_RDONLY), "r");
    if (errno != KEPT)
        puts("acquisitions change errno");
    if (open("/nonexistent/file", O_RDONLY) >= 0 || fopen("/nonexistent/file", "r") || errno != ENOENT)
        abort();
    errno = KEPT;
    fclose(hosts);
    fclose(null);
    close(ends[0]);
    close(other);
    if (round % 10 != 9) {
        fclose(cut);
        fclose(over);
        close(fd);
        close(ends[1]);
        closedir(directory);
    }
    if (errno != KEPT)
        puts("releases change errno");
    if (round == ROUNDS / 2) {
        FILE *full = must_open("/dev/full", "w");
        setvbuf(full, NULL, _IONBF, 0);
        fputs("x", full);
        fclose(full);
    }
}

/* What an outer scope holds is given back in an inner one. */
static void nest(int round)
{
    LEAKWATCH_SCOPE("outer") {
        int outside = open("/etc/passwd", O_RDONLY);
        LEAKWATCH_SCOPE("inner") {
            int inside = open("/etc/passwd", O_RDONLY);
            close(outside);
            if (round % 4)
                close(inside);
        }
    }
}

static void work_often(void)
{
    for (int round = 0; round < ROUNDS; round++)
        work(round, "we");
    for (int round = 0; round < ROUNDS; round++)
        LEAKWATCH_SCOPE("job")
            work(round, "a+");
    for (int round = 0; round < ROUNDS; round++)
        nest(round);
}

/* The threads work in turn: so the numbers of rows are those of the last time. */
static int started[2], done[2];

static void *begin(void *nothing)
{
    char byte;
    if (read(started[0], &byte, 1) == 1)
        work_often();
    if (write(done[1], "", 1) != 1)
        abort();
    return nothing;
}

/* More than are remembered by what took them last. */
static void hold_many(void)
{
    FILE *streams[MANY];
    for (int i = 0; i < MANY; i++)
        streams[i] = must_open("/etc/passwd", "r");
    for (int i = 0; i < MANY; i++)
        fclose(streams[i]);
}

int main(void)
{
    char byte;
    pthread_t thread;
    work_often();
    if (pipe(started) != 0 || pipe(done) != 0 || pthread_create(&thread, NULL, begin, NULL) != 0 ||
        write(started[1], "", 1) != 1 || read(done[0], &byte, 1) != 1)
        return 1;
    pthread_join(thread, NULL);
    for (int round = 0; round < 4; round++)
        hold_many();
    return STATUS;
}
