/* Locks taken so and so often, by construction: what test_lock_costs.py reads of it. A comment "place: NAME" marks the line.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
enum { THREADS = 3, EACH = 1237, CONTENDED = 77 };
static pthread_mutex_t shared = PTHREAD_MUTEX_INITIALIZER, gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t slow = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP, queue = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t tried = PTHREAD_MUTEX_INITIALIZER, spread = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t turn;

__attribute__((noinline)) static void take_shared(void)
{
    pthread_mutex_lock(&shared); /* place: in both */
    pthread_mutex_unlock(&shared);
}

/* 1,237 times, alone. */
static void *alone(void *mutex)
{
    pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
    for (int i = 0; i < EACH; i++) {
        pthread_mutex_lock(&own); /* place: own */
        pthread_mutex_unlock(&own);
    }
    return mutex;
}

/* One waits for the other: 77 times. */
static void *waiter(void *unused)
{
    for (int i = 0; i < CONTENDED; i++) {
        pthread_barrier_wait(&turn);
        pthread_mutex_lock(&gate); /* place: contended */
        pthread_mutex_unlock(&gate);
        pthread_barrier_wait(&turn);
    }
    return unused;
}
static void until(pthread_mutex_t *mutex)
{
    while (__atomic_load_n(&mutex->__data.__lock, __ATOMIC_ACQUIRE) != 2)
        usleep(100);
}
static void contend(void)
{
    pthread_t thread;
    pthread_barrier_init(&turn, 0, 2);
    pthread_create(&thread, 0, waiter, 0);
    for (int i = 0; i < CONTENDED; i++) {
        pthread_mutex_lock(&gate); /* place: holder */
        pthread_barrier_wait(&turn);
        until(&gate);
        pthread_mutex_unlock(&gate);
        pthread_barrier_wait(&turn);
    }
    pthread_join(thread, 0);
}
static atomic_int waiting, ids[3];

/* Its state, as the kernel says it: S, asleep, and behind what the lock call does before, that is in the lock. */
static int is_asleep(int id)
{
    char path[64], state = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", id);
    FILE *file = fopen(path, "r");
    int read = file ? fscanf(file, "%*d (%*[^)]) %c", &state) : 0;
    if (file)
        fclose(file);
    return read == 1 && state == 'S';
}
static int are_asleep(void)
{
    for (int i = 0; i < 3; i++)
        if (!is_asleep(ids[i]))
            return 0;
    return 1;
}
static void *three(void *unused)
{
    ids[waiting++] = gettid();
    pthread_mutex_lock(&slow); /* place: three */
    pthread_mutex_unlock(&slow);
    return unused;
}
static void hold_long(void)
{
    pthread_t threads[3];
    pthread_mutex_lock(&slow); /* place: long */
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], 0, three, 0);
    for (int looks = 0; looks < 30; looks++) {
        usleep(10000);
        looks = waiting < 3 || !are_asleep() ? 0 : looks;
    }
    pthread_mutex_unlock(&slow);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], 0);
}
/* Recursive and read locks. */
static void again(void)
{
    for (int i = 0; i < 101; i++) {
        pthread_mutex_lock(&recursive); /* place: outer */
        pthread_mutex_lock(&recursive); /* place: inner */
        pthread_mutex_unlock(&recursive);
        pthread_mutex_unlock(&recursive);
        pthread_rwlock_rdlock(&table); /* place: read */
        pthread_rwlock_rdlock(&table); /* place: read again */
        pthread_rwlock_unlock(&table);
        pthread_rwlock_unlock(&table);
    }
}
static void *try_it(void *unused)
{
    for (int i = 0; i < 55; i++)
        pthread_mutex_trylock(&tried); /* place: fails */
    return unused;
}
static void try_all(void)
{
    pthread_t thread;
    pthread_mutex_lock(&tried);
    pthread_create(&thread, 0, try_it, 0);
    pthread_join(thread, 0);
    pthread_mutex_unlock(&tried);
    for (int i = 0; i < 33; i++)
        if (pthread_mutex_trylock(&tried) == 0) /* place: succeeds */
            pthread_mutex_unlock(&tried);
}
static int ready;
static atomic_int has_it, late_id;
static void *consumer(void *unused)
{
    pthread_mutex_lock(&queue); /* place: condition */
    while (!ready)
        pthread_cond_wait(&filled, &queue);
    has_it = 1;
    for (int looks = 0; looks < 10; looks++) { /* until somebody waits for this hold */
        usleep(1000);
        looks = late_id && is_asleep(late_id) ? looks : 0;
    }
    pthread_mutex_unlock(&queue);
    return unused;
}
static void *late(void *unused)
{
    late_id = gettid();
    pthread_mutex_lock(&queue); /* place: late */
    pthread_mutex_unlock(&queue);
    return unused;
}
/* It waits for two seconds, and holds for as long as it takes another thread to come. */
static void wait_for_condition(void)
{
    pthread_t waits, comes;
    pthread_create(&waits, 0, consumer, 0);
    usleep(2000000);
    pthread_mutex_lock(&queue);
    ready = 1;
    pthread_mutex_unlock(&queue);
    pthread_cond_signal(&filled);
    while (!has_it)
        usleep(1000);
    pthread_create(&comes, 0, late, 0);
    pthread_join(waits, 0);
    pthread_join(comes, 0);
}
/* More places than a thread's cache has room for. */
__attribute__((noinline)) static void at_depth(int depth)
{
    char volatile room[48];
    room[0] = 0;
    if (depth == 0) {
        pthread_mutex_lock(&spread); /* place: spread */
        pthread_mutex_unlock(&spread);
    } else
        at_depth(depth - 1);
    room[1] = 0;
}
int main(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], 0, alone, 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], 0);
    contend();
    hold_long();
    again();
    try_all();
    wait_for_condition();
    for (int round = 0; round < 11; round++)
        for (int depth = 0; depth < 200; depth++)
            at_depth(depth);
    take_shared();
    if (fork() == 0) {
        close(dup(0)); /* now it has a ledger */
        for (int i = 0; i < 9; i++)
            take_shared();
        return 0;
    }
    wait(0);
    return 0;
}
