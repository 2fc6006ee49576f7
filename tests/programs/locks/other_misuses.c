/* Locks misused that are no mutexes, or in ways that only other threads make wrong; what the C library says is printed.
 *
 * expect: lock-misuse count=1 said="locked twice by its own thread" call=pthread_rwlock_wrlock released=asks_again
 *         error=EDEADLK function=writes type="write lock" level=error
 * expect: lock-misuse count=1 said="locked twice by its own thread" call=pthread_rwlock_rdlock released=asks_again
 *         error=EDEADLK function=writes type="read lock" level=error
 * expect: lock-misuse count=1 said="destroyed while held" released=destroys_read function=reads type=rwlock level=error
 * expect: lock-misuse count=1 said="destroyed while held" released=destroys_written function=writes type=rwlock level=error
 * expect: lock-misuse count=1 said="destroyed while held" released=destroys_spun function=spins type=spinlock level=error
 * expect: lock-misuse count=1 said="destroyed while waited for" released=destroys_awaited type=mutex level=error
 * expect: lock-misuse count=1 said="used after it was destroyed, or never initialised" released=waits function=waits error=EINVAL type=mutex level=error
 * expect: lock-misuse count=1 said="waited with for a condition, and not held" released=waits_with_free type=mutex
 *         level=error
 * expect: lock-misuse count=1 said="waited with for a condition, and not held" released=waits_with_anothers
 *         function=holds_on type=mutex level=error
 * expect: lock-misuse count=1 said="unlocked, and nobody held it" released=unlocks_unspun type=spinlock level=error
 * expect: lock-misuse count=1 said="unlocked by another thread than its holder" released=unlocks_anothers_writing
 *         function=writes_on type=rwlock level=error
 * expect: lock-misuse count=1 said="initialised again while held*" released=initialises_others function=reads type=rwlock
 *         level=note
 * expect: lock-misuse count=1 said="initialised again while held*" released=initialises_others function=spins type=spinlock
 *         level=note
 * expect: lock-held count=1 findings=1 function=writes_on level=error
 * expect: lock-held count=1 findings=1 function=copies_held level=error
 * allow: swallowed-error
 */
#include "program.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "locks.h"

static const struct timespec past = {1, 0};

static void say(const char *what, int result)
{
    printf("%s: %s\n", what, result == 0 ? "0" : strerror(result));
}

/* ---- For reading and writing ---- */

static void reads(pthread_rwlock_t *lock)
{
    must_be_zero(pthread_rwlock_rdlock(lock), "read lock");
}

static void writes(pthread_rwlock_t *lock)
{
    must_be_zero(pthread_rwlock_wrlock(lock), "write lock");
}

static void asks_again(void)
{
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    writes(&lock);
    int (*const ways[])(pthread_rwlock_t *) = {pthread_rwlock_wrlock, pthread_rwlock_rdlock};
    for (volatile int i = 0; i < 2; i++)
        say("ask again for what it writes", ways[i](&lock));
    say("try to read what it writes", pthread_rwlock_tryrdlock(&lock));
    must_be_zero(pthread_rwlock_unlock(&lock), "unlock");
    reads(&lock);
    reads(&lock);
    say("try to write what it reads", pthread_rwlock_trywrlock(&lock));
    must_be_zero(pthread_rwlock_unlock(&lock), "unlock");
    must_be_zero(pthread_rwlock_unlock(&lock), "unlock");
}

static void destroys_read(void)
{
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    reads(&lock);
    say("destroy what it reads", pthread_rwlock_destroy(&lock));
}

static void destroys_written(void)
{
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    writes(&lock);
    say("destroy what it writes", pthread_rwlock_destroy(&lock));
}

/* ---- Spun for ---- */

static void spins(pthread_spinlock_t *lock)
{
    must_be_zero(pthread_spin_lock(lock), "spin");
}

static void destroys_spun(void)
{
    pthread_spinlock_t lock;
    must_be_zero(pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE), "pthread_spin_init");
    spins(&lock);
    say("try to spin for what it has", pthread_spin_trylock(&lock));
    say("destroy what it has", pthread_spin_destroy(&lock));
}

static void unlocks_unspun(void)
{
    pthread_spinlock_t lock;
    must_be_zero(pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE), "pthread_spin_init");
    say("give back what nobody has", pthread_spin_unlock(&lock));
    spins(&lock);
    must_be_zero(pthread_spin_unlock(&lock), "unlock");
    must_be_zero(pthread_spin_destroy(&lock), "pthread_spin_destroy");
}

static void initialises_others(void)
{
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    pthread_spinlock_t spun;
    reads(&lock);
    say("initialise what it reads", pthread_rwlock_init(&lock, NULL));
    must_be_zero(pthread_spin_init(&spun, PTHREAD_PROCESS_PRIVATE), "pthread_spin_init");
    spins(&spun);
    say("initialise what it has", pthread_spin_init(&spun, PTHREAD_PROCESS_PRIVATE));
}

/* ---- Waited for ---- */

/* A handler keeps the thread from seeing that the mutex has become free, until it has been destroyed. */
static int stopper[2];
static atomic_bool stopped;

static void stop(int number)
{
    char byte;
    (void)number;
    stopped = true;
    if (read(stopper[0], &byte, 1) != 1)
        _exit(97);
}

static void *waits(void *mutex)
{
    int result = pthread_mutex_lock(mutex);
    say("lock what was destroyed meanwhile", result);
    if (result == 0)
        say("unlock it", pthread_mutex_unlock(mutex));
    return NULL;
}

static void destroys_awaited(void)
{
    pthread_mutex_t mutex = mutex_of_type(PTHREAD_MUTEX_NORMAL);
    must(pipe(stopper), "pipe");
    signal(SIGUSR1, stop);
    must_be_zero(pthread_mutex_lock(&mutex), "lock");
    pthread_t thread = start(waits, &mutex);
    until_awaited(&mutex);
    must_be_zero(pthread_kill(thread, SIGUSR1), "pthread_kill");
    while (!stopped)
        usleep(1000);
    must_be_zero(pthread_mutex_unlock(&mutex), "unlock");
    say("destroy what a thread waits for", pthread_mutex_destroy(&mutex));
    must((int)write(stopper[1], "", 1), "write");
    join(thread);
    must(close(stopper[0]), "close");
    must(close(stopper[1]), "close");
}

/* ---- Conditions ---- */

static void waits_with_free(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    say("wait with what nobody has", pthread_cond_timedwait(&condition, &mutex, &past));
    say("unlock it", pthread_mutex_unlock(&mutex));
}

static pthread_barrier_t before, behind;
static void *holds_on(void *mutex)
{
    must_be_zero(pthread_mutex_lock(mutex), "lock");
    pthread_barrier_wait(&before);
    pthread_barrier_wait(&behind);
    must_be_zero(pthread_mutex_unlock(mutex), "unlock");
    return NULL;
}

static void waits_with_anothers(void)
{
    pthread_mutex_t mutex = mutex_of_type(PTHREAD_MUTEX_ERRORCHECK);
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    pthread_barrier_init(&before, NULL, 2);
    pthread_barrier_init(&behind, NULL, 2);
    pthread_t thread = start(holds_on, &mutex);
    pthread_barrier_wait(&before);
    say("wait with what another has", pthread_cond_timedwait(&condition, &mutex, &past));
    pthread_barrier_wait(&behind);
    join(thread);
}

static void *writes_on(void *lock)
{
    writes(lock);
    pthread_barrier_wait(&before);
    pthread_barrier_wait(&behind);
    return NULL;
}

/* The C library takes it for a reader's, and counts readers below none: nobody may use the lock any more. */
static void unlocks_anothers_writing(void)
{
    static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    pthread_barrier_init(&before, NULL, 2);
    pthread_barrier_init(&behind, NULL, 2);
    pthread_t thread = start(writes_on, &lock);
    pthread_barrier_wait(&before);
    say("give back what another writes", pthread_rwlock_unlock(&lock));
    pthread_barrier_wait(&behind);
    join(thread);
}

/* ---- Copied ---- */

/* The copy can be unlocked; the original stays locked, and its thread ends. */
static void *copies_held(void *nothing)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_t copy;
    must_be_zero(pthread_mutex_lock(&mutex), "lock");
    memcpy(&copy, &mutex, sizeof copy);
    say("unlock the copy", pthread_mutex_unlock(&copy));
    say("try the original", pthread_mutex_trylock(&mutex));
    return nothing;
}

int main(void)
{
    asks_again();
    destroys_read();
    destroys_written();
    destroys_spun();
    unlocks_unspun();
    initialises_others();
    destroys_awaited();
    waits_with_free();
    waits_with_anothers();
    unlocks_anothers_writing();
    join(start(copies_held, NULL));
    return 0;
}
