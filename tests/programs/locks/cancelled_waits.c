/* Threads that are cancelled while they wait for locks on files that another process holds, or another open description: by
 * fcntl and lockf, which are cancellation points, and by flock, which is none. They clean up, end, and leave nothing behind.
 */
#include "program.h"

#include <pthread.h>
#include <sys/file.h>
#include <sys/syscall.h>

#include "locks.h"

enum { TURNS = 20 };
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int asking; /* kernel id of the thread that is about to wait */
static int cleaned_up;

static int opened(void)
{
    return must(open("asked", O_RDWR | O_CREAT | O_CLOEXEC, 0600), "open");
}

static struct flock whole(short type)
{
    return (struct flock){.l_type = type, .l_whence = SEEK_SET};
}

static void clean_up(void *fd)
{
    must_be_zero(pthread_mutex_lock(&mutex), "lock");
    cleaned_up++;
    must_be_zero(pthread_mutex_unlock(&mutex), "unlock");
    must(close(*(int *)fd), "close");
}

static void say_asking(void)
{
    __atomic_store_n(&asking, (int)syscall(SYS_gettid), __ATOMIC_RELEASE);
}

static int by_record(int fd)
{
    struct flock range = whole(F_WRLCK);
    return fcntl(fd, F_SETLKW, &range);
}
static int by_description(int fd)
{
    struct flock range = whole(F_RDLCK);
    return fcntl(fd, F_OFD_SETLKW, &range);
}
static int by_lockf(int fd)
{
    return lockf(fd, F_LOCK, 0);
}
static int by_flock(int fd)
{
    return flock(fd, LOCK_EX);
}

/* argument: how it asks */
static void *waits(void *argument)
{
    int fd = opened(), (*const *ask)(int) = argument;
    pthread_cleanup_push(clean_up, &fd);
    say_asking();
    int result = (*ask)(fd);
    printf("came back with %d\n", result);
    pthread_testcancel();
    pthread_cleanup_pop(1);
    return NULL;
}

static void until_asleep(void)
{
    char path[64], state = 0;
    int thread;
    while ((thread = __atomic_load_n(&asking, __ATOMIC_ACQUIRE)) == 0)
        usleep(100);
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread);
    for (int seen = 0; seen < 3; seen = state == 'S' ? seen + 1 : 0) {
        FILE *file = must_have(fopen(path, "re"), path);
        if (fscanf(file, "%*d %*s %c", &state) != 1)
            exit(97);
        fclose(file);
        usleep(500);
    }
    asking = 0;
}

static void must_have_been_cancelled(pthread_t thread)
{
    void *result = NULL;
    must_be_zero(pthread_join(thread, &result), "pthread_join");
    printf("cancelled: %d\n", result == PTHREAD_CANCELED);
}

static void cancel_waits(int (*ask)(int))
{
    for (int i = 0; i < TURNS; i++) {
        pthread_t thread = start(waits, &ask);
        until_asleep();
        must_be_zero(pthread_cancel(thread), "pthread_cancel");
        must_have_been_cancelled(thread);
    }
}

/* It goes on waiting, gets the lock, and is cancelled behind that. */
static void cancel_flock(void)
{
    int fd = opened(), (*ask)(int) = by_flock;
    for (int i = 0; i < TURNS; i++) {
        must(flock(fd, LOCK_EX), "flock");
        pthread_t thread = start(waits, &ask);
        until_asleep();
        must_be_zero(pthread_cancel(thread), "pthread_cancel");
        usleep(5000);
        printf("waits on: %d\n", pthread_tryjoin_np(thread, NULL) == EBUSY);
        must(flock(fd, LOCK_UN), "flock");
        must_have_been_cancelled(thread);
    }
    must(close(fd), "close");
}

/* Another process has the whole file until the pipe is closed. */
static void holds(int said, int until)
{
    int fd = opened();
    struct flock range = whole(F_WRLCK);
    char byte = 'x';
    must(fcntl(fd, F_SETLK, &range), "fcntl");
    must((int)write(said, &byte, 1), "write");
    must((int)read(until, &byte, 1), "read");
    must(close(fd), "close");
    _exit(0);
}

static void may_have_it_now(void)
{
    int fd = opened();
    struct flock range = whole(F_WRLCK);
    printf("free: %d\n", fcntl(fd, F_OFD_SETLK, &range));
    must(flock(fd, LOCK_EX | LOCK_NB), "flock");
    must(close(fd), "close");
}

int main(void)
{
    int said[2], until[2];
    char byte;
    must(pipe2(said, O_CLOEXEC), "pipe2");
    must(pipe2(until, O_CLOEXEC), "pipe2");
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        must(close(until[1]), "close");
        must(close(said[0]), "close");
        holds(said[1], until[0]);
    }
    must(close(until[0]), "close");
    must(close(said[1]), "close");
    must((int)read(said[0], &byte, 1), "read");
    must(close(said[0]), "close");
    cancel_waits(by_record);
    cancel_waits(by_description);
    cancel_waits(by_lockf);
    must(close(until[1]), "close");
    printf("child: %d\n", end_of(child));
    cancel_flock();
    may_have_it_now();
    printf("cleaned up: %d\n", cleaned_up);
    return 0;
}
