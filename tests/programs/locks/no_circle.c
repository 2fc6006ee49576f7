/* Threads that wait, and not in a circle: for a condition that nobody signals, to write what is being read while the reader
 * reads once more, and in either order for two mutexes that a third one guards. The process is killed meanwhile.
 *
 * expect-total: findings=0
 * expect-signal: KILL
 */
#include "program.h"

#include <signal.h>
#include <stdatomic.h>

#include "locks.h"

static pthread_mutex_t lost = PTHREAD_MUTEX_INITIALIZER, gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t pair[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
static atomic_int waiting, reading, rounds[2];

static void *waits(void *nothing)
{
    must_be_zero(pthread_mutex_lock(&lost), "lock");
    waiting = 1;
    for (;;)
        pthread_cond_wait(&never, &lost);
    return nothing;
}

static void *writes(void *nothing)
{
    while (!reading)
        usleep(1000);
    must_be_zero(pthread_rwlock_wrlock(&table), "write lock");
    return nothing;
}

static void *reads_twice(void *nothing)
{
    must_be_zero(pthread_rwlock_rdlock(&table), "read lock");
    reading = 1;
    until_writer_waits(&table);
    must_be_zero(pthread_rwlock_rdlock(&table), "read lock");
    reading = 2;
    for (;;)
        pause();
    return nothing;
}

/* Both orders, but one at a time. */
static void *passes_gate(void *number)
{
    int first = *(int *)number;
    for (;; rounds[first]++) {
        must_be_zero(pthread_mutex_lock(&gate), "lock the gate");
        must_be_zero(pthread_mutex_lock(&pair[first]), "lock the first");
        must_be_zero(pthread_mutex_lock(&pair[!first]), "lock the other");
        must_be_zero(pthread_mutex_unlock(&pair[first]), "unlock the first");
        must_be_zero(pthread_mutex_unlock(&pair[!first]), "unlock the other");
        must_be_zero(pthread_mutex_unlock(&gate), "unlock the gate");
    }
    return NULL;
}

int main(void)
{
    static int numbers[] = {0, 1};
    start(waits, NULL);
    start(writes, NULL);
    start(reads_twice, NULL);
    start(passes_gate, &numbers[0]);
    start(passes_gate, &numbers[1]);
    while (!waiting || reading < 2 || rounds[0] < 1000 || rounds[1] < 1000)
        usleep(1000);
    return kill(getpid(), SIGKILL);
}
