/* Two processes take two mutexes that they share in opposite orders and hang; then both are killed. Nothing else do they do
 * that would need a ledger.
 *
 * expect: deadlock count=1 findings=1 call=pthread_mutex_lock class=lock type=mutex level=error members=4
 *         ways=takes_left|takes_right|asks_for_left|asks_for_right
 * expect-text: error: 2 threads of 2 processes wait for each other at *
 */
#include "program.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#include "locks.h"

struct shared {
    pthread_mutex_t left, right;
    int taken;
};
static struct shared *shared;

static void take(pthread_mutex_t *mutex)
{
    must_be_zero(pthread_mutex_lock(mutex), "lock");
    __atomic_fetch_add(&shared->taken, 1, __ATOMIC_ACQ_REL);
    while (__atomic_load_n(&shared->taken, __ATOMIC_ACQUIRE) < 2)
        usleep(1000);
}

static void asks_for_left(void)
{
    must_be_zero(pthread_mutex_lock(&shared->left), "lock left");
}

static void asks_for_right(void)
{
    must_be_zero(pthread_mutex_lock(&shared->right), "lock right");
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
    shared = must_have(mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), "mmap");
    shared->left = shared->right = shared_mutex();
    pid_t one = start_child(takes_left), other = start_child(takes_right);
    until_awaited(&shared->left);
    until_awaited(&shared->right);
    end(one);
    end(other);
    return close(kept_for_the_parent);
}
