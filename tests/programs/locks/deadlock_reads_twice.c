/* One thread reads, another one waits to write, and the first one wants to read once more. Of a lock that prefers writers
 * it never gets it; of one of the usual kind it does, and nothing is to be said of that. The process is killed meanwhile.
 *
 * expect: deadlock count=1 findings=1 call=pthread_rwlock_rdlock|pthread_rwlock_wrlock level=error members=3
 *         ways=reads_first|reads_again|writes_preferred
 * expect-text: error: 2 threads wait for each other at *
 * expect-text: * once more, behind thread *, which waits to write*
 * expect-signal: KILL
 */
#include "program.h"

#include <signal.h>
#include <stdatomic.h>

#include "locks.h"

static pthread_rwlock_t usual = PTHREAD_RWLOCK_INITIALIZER,
                        preferring = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static atomic_int read_twice, asks, reading[2];

static void *writes_usual(void *nothing)
{
    while (!reading[0])
        usleep(1000);
    must_be_zero(pthread_rwlock_wrlock(&usual), "write lock");
    return nothing;
}

static void *reads_usual(void *nothing)
{
    must_be_zero(pthread_rwlock_rdlock(&usual), "read lock");
    reading[0] = 1;
    until_writer_waits(&usual);
    must_be_zero(pthread_rwlock_rdlock(&usual), "read lock");
    read_twice = 1;
    for (;;)
        pause();
    return nothing;
}

static void *writes_preferred(void *nothing)
{
    while (!reading[1])
        usleep(1000);
    must_be_zero(pthread_rwlock_wrlock(&preferring), "write lock");
    return nothing;
}

static void reads_first(void)
{
    must_be_zero(pthread_rwlock_rdlock(&preferring), "read lock");
    reading[1] = 1;
}

static void reads_again(void)
{
    asks = 1;
    must_be_zero(pthread_rwlock_rdlock(&preferring), "read lock");
}

static void *reads_preferred(void *nothing)
{
    reads_first();
    until_writer_waits(&preferring);
    reads_again();
    return nothing;
}

/* Readers that wait say so in the lock's word, while a writer has not got it yet. */
static void until_reader_waits(const pthread_rwlock_t *lock)
{
    while (!(__atomic_load_n(&lock->__data.__readers, __ATOMIC_ACQUIRE) & 4))
        usleep(1000);
}

int main(void)
{
    start(writes_usual, NULL);
    start(reads_usual, NULL);
    start(writes_preferred, NULL);
    start(reads_preferred, NULL);
    while (!read_twice || !asks)
        usleep(1000);
    until_reader_waits(&preferring);
    return kill(getpid(), SIGKILL);
}
