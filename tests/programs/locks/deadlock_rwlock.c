/* One thread reads and wants a mutex, whose holder wants to write. The process ends by exit while they hang.
 *
 * expect: deadlock count=1 findings=1 class=lock level=error members=4 ways=reads|writes
 * expect-text: error: 2 threads wait for each other at *
 */
#include "program.h"

#include "locks.h"

static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *reads(void *nothing)
{
    must_be_zero(pthread_rwlock_rdlock(&table), "read lock");
    pthread_barrier_wait(&both);
    must_be_zero(pthread_mutex_lock(&mutex), "lock");
    return nothing;
}

static void *writes(void *nothing)
{
    must_be_zero(pthread_mutex_lock(&mutex), "lock");
    pthread_barrier_wait(&both);
    must_be_zero(pthread_rwlock_wrlock(&table), "write lock");
    return nothing;
}

int main(void)
{
    pthread_barrier_init(&both, NULL, 2);
    start(reads, NULL);
    start(writes, NULL);
    until_awaited(&mutex);
    until_writer_waits(&table);
    return 0;
}
