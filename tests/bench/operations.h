/* The operations that are measured: each takes something from the system and gives it back. */
#ifndef OPERATIONS_H
#define OPERATIONS_H

#include "driver.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static int begin_ledger(void)
{
    static int fd = -1;
    if (fd < 0)
        fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return fd;
}

static NOINLINE void open_close(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    must(fd >= 0 && close(fd) == 0, "open and close");
}

/* It is not there. Failures are recorded where there is a ledger, so something is taken first. */
static NOINLINE void open_missing(void)
{
    begin_ledger();
    must(open("/dev/missing", O_RDONLY | O_CLOEXEC) < 0, "open of what is missing");
}

static NOINLINE void fopen_fclose(void)
{
    FILE *stream = fopen("/dev/null", "re");
    must(stream && fclose(stream) == 0, "fopen and fclose");
}

static NOINLINE void opendir_closedir(void)
{
    DIR *directory = opendir("/");
    must(directory && closedir(directory) == 0, "opendir and closedir");
}

static NOINLINE void socket_close(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fd >= 0 && close(fd) == 0, "socket and close");
}

/* Nobody else wants them. Locks are recorded where there is a ledger, so something is taken first. */
static pthread_mutex_t operations_mutex = PTHREAD_MUTEX_INITIALIZER;

static NOINLINE void lock_unlock(void)
{
    begin_ledger();
    must(pthread_mutex_lock(&operations_mutex) == 0 && pthread_mutex_unlock(&operations_mutex) == 0, "a mutex");
}

static pthread_rwlock_t operations_rwlock = PTHREAD_RWLOCK_INITIALIZER;

static NOINLINE void read_lock(void)
{
    begin_ledger();
    must(pthread_rwlock_rdlock(&operations_rwlock) == 0 && pthread_rwlock_unlock(&operations_rwlock) == 0, "to read");
}

static NOINLINE void write_lock(void)
{
    begin_ledger();
    must(pthread_rwlock_wrlock(&operations_rwlock) == 0 && pthread_rwlock_unlock(&operations_rwlock) == 0, "to write");
}

static NOINLINE void spin_lock(void)
{
    static pthread_spinlock_t lock;
    static int is_made;
    begin_ledger();
    if (!is_made)
        is_made = pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE) == 0;
    must(pthread_spin_lock(&lock) == 0 && pthread_spin_unlock(&lock) == 0, "a spin lock");
}

/* Nobody waits for it, as most of the time. */
static NOINLINE void signal_condition(void)
{
    static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    begin_ledger();
    must(pthread_mutex_lock(&operations_mutex) == 0 && pthread_cond_signal(&condition) == 0 &&
             pthread_mutex_unlock(&operations_mutex) == 0,
         "a condition");
}

/* Five calls that use a descriptor, and neither take nor give back any. */
static NOINLINE void uses(void)
{
    static int fd = -1;
    char byte = 0;
    struct pollfd polled = {.events = POLLIN};
    if (fd < 0)
        fd = open("/dev/zero", O_RDWR | O_CLOEXEC);
    polled.fd = fd;
    must(read(fd, &byte, 1) == 1 && write(fd, &byte, 1) == 1 && pread(fd, &byte, 1, 0) == 1 &&
             lseek(fd, 0, SEEK_SET) == 0 && poll(&polled, 1, 0) == 1,
         "uses");
}

/* The same of a socket: one byte through a pair. */
static NOINLINE void talk(void)
{
    static int ends[2];
    char byte = 0;
    must((ends[1] || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0) &&
             send(ends[0], &byte, 1, 0) == 1 && recv(ends[1], &byte, 1, 0) == 1,
         "send and recv");
}

/* A stream without a descriptor: no limit says how many there may be. */
static NOINLINE void memory_stream(void)
{
    static char text[16];
    FILE *stream = fmemopen(text, sizeof text, "r");
    must(stream && fclose(stream) == 0, "fmemopen and fclose");
}

static NOINLINE void pipe_close(void)
{
    int ends[2];
    must(pipe2(ends, O_CLOEXEC) == 0 && close(ends[0]) == 0 && close(ends[1]) == 0, "pipe and close");
}

static NOINLINE void dup_close(void)
{
    int fd = dup(begin_ledger());
    must(fd >= 0 && close(fd) == 0, "dup and close");
}

#endif
