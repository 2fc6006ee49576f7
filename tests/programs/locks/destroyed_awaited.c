/* A condition and a barrier are destroyed while a thread waits for them, which the C library waits for. Both are destroyed
 * many times before as they may be: as soon as the waiters have been told, be they awake or not. Then the process is killed.
 *
 * expect: lock-misuse count=1 said="destroyed while waited for" released=destroys_condition type=condition level=error
 * expect: lock-misuse count=1 said="destroyed while waited for" released=destroys_barrier type=barrier level=error
 * expect-total: findings=2
 * expect-signal: KILL
 */
#include "program.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/syscall.h>

#include "locks.h"

enum { ROUNDS = 300, WAITERS = 3 };

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    pthread_barrier_t barrier;
    int waiting;
    bool done;
} shared = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void *waits_for_condition(void *nothing)
{
    must_be_zero(pthread_mutex_lock(&shared.mutex), "lock");
    shared.waiting++;
    while (!shared.done)
        must_be_zero(pthread_cond_wait(&shared.condition, &shared.mutex), "wait");
    must_be_zero(pthread_mutex_unlock(&shared.mutex), "unlock");
    return nothing;
}

/* Who counts is in the wait already when the mutex is free. */
static void until_all_wait(int count)
{
    for (bool all = false; !all;) {
        must_be_zero(pthread_mutex_lock(&shared.mutex), "lock");
        all = shared.waiting == count;
        must_be_zero(pthread_mutex_unlock(&shared.mutex), "unlock");
        sched_yield();
    }
}

static void destroys_told(int round)
{
    pthread_t threads[WAITERS];
    must_be_zero(pthread_cond_init(&shared.condition, NULL), "initialise");
    shared.waiting = shared.done = 0;
    for (int i = 0; i < WAITERS; i++)
        threads[i] = start(waits_for_condition, NULL);
    until_all_wait(WAITERS);
    if (round % 2)
        pthread_cond_signal(&shared.condition);
    must_be_zero(pthread_mutex_lock(&shared.mutex), "lock");
    shared.done = true;
    must_be_zero(pthread_mutex_unlock(&shared.mutex), "unlock");
    pthread_cond_broadcast(&shared.condition);
    must_be_zero(pthread_cond_destroy(&shared.condition), "destroy");
    for (int i = 0; i < WAITERS; i++)
        join(threads[i]);
}

static void *arrives(void *nothing)
{
    if (pthread_barrier_wait(&shared.barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
        must_be_zero(pthread_barrier_destroy(&shared.barrier), "destroy");
    return nothing;
}

static void destroys_left(void)
{
    pthread_t threads[WAITERS];
    must_be_zero(pthread_barrier_init(&shared.barrier, NULL, WAITERS), "initialise");
    for (int i = 0; i < WAITERS; i++)
        threads[i] = start(arrives, NULL);
    for (int i = 0; i < WAITERS; i++)
        join(threads[i]);
}

/* ---- While they wait ---- */

static atomic_int destroyers[2];

static void *destroys_condition(void *nothing)
{
    destroyers[0] = (int)syscall(SYS_gettid);
    must_be_zero(pthread_cond_destroy(&shared.condition), "destroy");
    return nothing;
}

static void *destroys_barrier(void *nothing)
{
    destroyers[1] = (int)syscall(SYS_gettid);
    must_be_zero(pthread_barrier_destroy(&shared.barrier), "destroy");
    return nothing;
}

static bool sleeps(int thread)
{
    char path[64], state = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread);
    FILE *stat = fopen(path, "r");
    if (!stat || fscanf(stat, "%*d %*s %c", &state) != 1)
        exit(96);
    fclose(stat);
    return state == 'S';
}

static void until_stuck(const atomic_int *thread)
{
    while (!*thread)
        usleep(1000);
    for (int seen = 0; seen < 20; seen = sleeps(*thread) ? seen + 1 : 0)
        usleep(5000);
}

int main(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        destroys_told(i);
        destroys_left();
    }
    must_be_zero(pthread_cond_init(&shared.condition, NULL), "initialise");
    must_be_zero(pthread_barrier_init(&shared.barrier, NULL, 2), "initialise");
    shared.waiting = shared.done = 0;
    start(waits_for_condition, NULL);
    until_all_wait(1);
    start(arrives, NULL);
    while (!__atomic_load_n((const unsigned *)(const void *)&shared.barrier, __ATOMIC_ACQUIRE))
        usleep(1000);
    start(destroys_condition, NULL);
    start(destroys_barrier, NULL);
    until_stuck(&destroyers[0]);
    until_stuck(&destroyers[1]);
    return kill(getpid(), SIGKILL);
}
