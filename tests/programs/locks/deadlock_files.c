/* Two processes take two locks on files in opposite orders and hang, one pair by flock, one by fcntl's locks of open
 * descriptions on ranges; a third pair crosses a mutex that both have with a file's lock, which the kernel never sees. Then
 * all are killed.
 *
 * expect: deadlock count=1 call=flock class=lock type="file lock" level=error members=4 ways=flocks_left|flocks_right
 * expect: deadlock count=1 call=fcntl class=lock type="file lock" level=error members=4 ways=ranges_left|ranges_right
 * expect: deadlock count=1 level=error members=4 ways=mixes_left|mixes_right
 * expect-text: error: 2 threads of 2 processes wait for each other at *
 * allow: fd-leak level=note
 */
#include "program.h"

#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>

#include "locks.h"

enum { PAIRS = 3 };
struct shared {
    pthread_mutex_t mutex;
    int taken[PAIRS];
    int asks[2 * PAIRS];
};
static struct shared *shared;

static int opened(const char *path)
{
    return must(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), path);
}

/* Both of the pair have their first lock, and this one is about to ask for its second. */
static void meet(int pair, int side)
{
    __atomic_fetch_add(&shared->taken[pair], 1, __ATOMIC_ACQ_REL);
    while (__atomic_load_n(&shared->taken[pair], __ATOMIC_ACQUIRE) < 2)
        usleep(1000);
    __atomic_store_n(&shared->asks[2 * pair + side], (int)getpid(), __ATOMIC_RELEASE);
}

static void whole(const char *first, const char *second, int side)
{
    must(flock(opened(first), LOCK_EX), "flock");
    meet(0, side);
    must(flock(opened(second), LOCK_SH), "flock");
}
static void flocks_left(void)
{
    whole("left", "right", 0);
}
static void flocks_right(void)
{
    whole("right", "left", 1);
}

static void range(int fd, off_t start)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = 10};
    must(fcntl(fd, F_OFD_SETLKW, &lock), "fcntl");
}
static void ranges(off_t first, off_t second, int side)
{
    int fd = opened("ranges");
    range(fd, first);
    meet(1, side);
    range(fd, second);
}
static void ranges_left(void)
{
    ranges(0, 105, 0);
}
static void ranges_right(void)
{
    ranges(100, 5, 1);
}

static void mixes_left(void)
{
    must_be_zero(pthread_mutex_lock(&shared->mutex), "lock");
    meet(2, 0);
    must(flock(opened("mixed"), LOCK_EX), "flock");
}
static void mixes_right(void)
{
    must(flock(opened("mixed"), LOCK_EX), "flock");
    meet(2, 1);
    must_be_zero(pthread_mutex_lock(&shared->mutex), "lock");
}

/* As the kernel says: it sleeps in that call. */
static void until_sleeps(pid_t child)
{
    char path[64], state = 0;
    for (int seen = 0; seen < 20; seen = state == 'S' ? seen + 1 : 0) {
        snprintf(path, sizeof path, "/proc/%d/stat", (int)child);
        FILE *file = must_have(fopen(path, "re"), path);
        if (fscanf(file, "%*d %*s %c", &state) != 1)
            exit(97);
        fclose(file);
        usleep(10000);
    }
}

/* The first to be killed gives up its locks: nobody may go on with them. */
static void end(const pid_t *children)
{
    for (size_t i = 0; i < 2 * PAIRS; i++) {
        must(kill(children[i], SIGSTOP), "kill");
        must(waitpid(children[i], NULL, WUNTRACED), "waitpid");
    }
    for (size_t i = 0; i < 2 * PAIRS; i++)
        must(kill(children[i], SIGKILL), "kill");
    for (size_t i = 0; i < 2 * PAIRS; i++)
        if (end_of(children[i]) != 128 + SIGKILL)
            exit(98);
}

int main(void)
{
    static void (*const works[2 * PAIRS])(void) = {flocks_left,  flocks_right, ranges_left,
                                                   ranges_right, mixes_left,   mixes_right};
    pid_t children[2 * PAIRS];
    shared = must_have(mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), "mmap");
    shared->mutex = shared_mutex();
    for (size_t i = 0; i < 2 * PAIRS; i++)
        children[i] = start_child(works[i]);
    for (size_t i = 0; i < 2 * PAIRS; i++) {
        while (__atomic_load_n(&shared->asks[i], __ATOMIC_ACQUIRE) == 0)
            usleep(1000);
        until_sleeps(children[i]);
    }
    end(children);
    return 0;
}
