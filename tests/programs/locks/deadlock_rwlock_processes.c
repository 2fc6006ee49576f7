/* Two processes take two locks for reading and writing that they share, to write, in opposite orders and hang; then both are
 * killed.
 *
 * expect: deadlock count=1 findings=1 call=pthread_rwlock_wrlock class=lock level=error members=4 pids=2
 *         ways=takes_left|takes_right|asks_for_left|asks_for_right
 * expect-text: error: 2 threads of 2 processes wait for each other at *
 */
#include "program.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#include "locks.h"

struct shared {
    pthread_rwlock_t left, right;
    int taken;
};
static struct shared *shared;

static void take(pthread_rwlock_t *lock)
{
    must_be_zero(pthread_rwlock_wrlock(lock), "write lock");
    __atomic_fetch_add(&shared->taken, 1, __ATOMIC_ACQ_REL);
    while (__atomic_load_n(&shared->taken, __ATOMIC_ACQUIRE) < 2)
        usleep(1000);
}

static void asks_for_left(void)
{
    must_be_zero(pthread_rwlock_wrlock(&shared->left), "write left");
}

static void asks_for_right(void)
{
    must_be_zero(pthread_rwlock_wrlock(&shared->right), "write right");
}

static void takes_left(void)
{
    take(&shared->left);
    asks_for_right();
}

static void takes_right(void)
{
    take(&shared->right);
    asks_for_left();
}

static void end(pid_t child)
{
    must(kill(child, SIGKILL), "kill");
    if (end_of(child) != 128 + SIGKILL)
        exit(98);
}

int main(void)
{
    int kept_for_the_parent = must(open("/dev/null", O_RDONLY | O_CLOEXEC), "open");
    pthread_rwlockattr_t how;
    shared = must_have(mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), "mmap");
    must_be_zero(pthread_rwlockattr_init(&how), "pthread_rwlockattr_init");
    must_be_zero(pthread_rwlockattr_setpshared(&how, PTHREAD_PROCESS_SHARED), "pthread_rwlockattr_setpshared");
    must_be_zero(pthread_rwlock_init(&shared->left, &how), "pthread_rwlock_init");
    must_be_zero(pthread_rwlock_init(&shared->right, &how), "pthread_rwlock_init");
    pid_t one = start_child(takes_left), other = start_child(takes_right);
    until_second_writer_waits(&shared->left);
    until_second_writer_waits(&shared->right);
    end(one);
    end(other);
    return close(kept_for_the_parent);
}
