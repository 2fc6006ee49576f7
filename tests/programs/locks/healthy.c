/* Locks used as they may be: nothing is said of any of them, whether the process ends or not while they are in use.
 *
 * expect-total: findings=0
 */
#include "program.h"

#include <time.h>

#include "locks.h"

enum { ROUNDS = 1000 };

static pthread_mutex_t queue = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER, emptied = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
static int items;

static void *consumes(void *nothing)
{
    for (int i = 0; i < ROUNDS; i++) {
        must_be_zero(pthread_mutex_lock(&queue), "lock");
        while (items == 0)
            must_be_zero(pthread_cond_wait(&filled, &queue), "wait");
        items--;
        pthread_cond_signal(&emptied);
        must_be_zero(pthread_mutex_unlock(&queue), "unlock");
    }
    return nothing;
}

static void *produces(void *nothing)
{
    for (int i = 0; i < ROUNDS; i++) {
        must_be_zero(pthread_mutex_lock(&queue), "lock");
        while (items == 3)
            must_be_zero(pthread_cond_wait(&emptied, &queue), "wait");
        items++;
        pthread_cond_signal(&filled);
        must_be_zero(pthread_mutex_unlock(&queue), "unlock");
    }
    return nothing;
}

static void *reads(void *nothing)
{
    for (int i = 0; i < ROUNDS; i++) {
        must_be_zero(pthread_rwlock_rdlock(&table), "read lock");
        must_be_zero(pthread_rwlock_rdlock(&table), "read lock");
        must_be_zero(pthread_rwlock_unlock(&table), "unlock");
        must_be_zero(pthread_rwlock_unlock(&table), "unlock");
    }
    return nothing;
}

static void counts(void)
{
    pthread_mutex_t mutex = mutex_of_type(PTHREAD_MUTEX_RECURSIVE);
    for (int i = 0; i < 5; i++)
        must_be_zero(pthread_mutex_lock(&mutex), "lock");
    for (int i = 0; i < 5; i++)
        must_be_zero(pthread_mutex_unlock(&mutex), "unlock");
    must_be_zero(pthread_mutex_destroy(&mutex), "destroy");
}

static void *tries(void *mutex)
{
    struct timespec past = {1, 0};
    if (pthread_mutex_trylock(mutex) != EBUSY || pthread_mutex_timedlock(mutex, &past) != ETIMEDOUT)
        exit(98);
    return NULL;
}

/* The next one is taken before the last one is given back. */
static void walks(void)
{
    pthread_mutex_t chain[12];
    for (int i = 0; i < 12; i++) {
        chain[i] = mutex_of_type(PTHREAD_MUTEX_NORMAL);
        must_be_zero(pthread_mutex_lock(&chain[i]), "lock");
        if (i > 0)
            must_be_zero(pthread_mutex_unlock(&chain[i - 1]), "unlock");
    }
    must_be_zero(pthread_mutex_unlock(&chain[11]), "unlock");
    for (int i = 0; i < 12; i++)
        must_be_zero(pthread_mutex_destroy(&chain[i]), "destroy");
}

int main(void)
{
    pthread_t threads[4] = {start(consumes, NULL), start(produces, NULL), start(reads, NULL), start(reads, NULL)};
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    must_be_zero(pthread_rwlock_wrlock(&table), "write lock");
    must_be_zero(pthread_rwlock_unlock(&table), "unlock");
    must_be_zero(pthread_mutex_lock(&mutex), "lock");
    join(start(tries, &mutex));
    must_be_zero(pthread_mutex_unlock(&mutex), "unlock");
    counts();
    walks();
    for (int i = 0; i < 4; i++)
        join(threads[i]);
    return 0;
}
