/* Locks misused, each way once; what the C library says of it is printed.
 *
 * expect: lock-misuse count=1 call=pthread_mutex_unlock said="unlocked, and nobody held it" released=unlocks_free error=EPERM
 *         at=free level=error type=mutex class=lock
 * expect: lock-misuse count=1 said="unlocked, and nobody held it" released=unlocks_never_locked level=error type=rwlock
 * expect: lock-misuse count=1 said="unlocked by another thread than its holder" released=unlocks_anothers
 *         function=holds level=note later="unlocked by thread *, held by thread *"
 * expect: lock-misuse count=1 said="locked twice by its own thread" released=locks_twice error=EDEADLK
 *         function=locks_twice line=once at=twice level=error
 * expect: lock-misuse count=1 said="destroyed while held" released=destroys_held function=destroys_held line=held
 *         level=error
 * expect: lock-misuse count=1 said="destroyed twice, or never initialised" released=destroys_twice level=error
 * expect: lock-misuse count=1 said="used after it was destroyed, or never initialised" released=uses_destroyed error=EINVAL level=error
 * expect: lock-misuse count=1 said="initialised again while held, or in memory that is used again" released=initialises_held function=initialises_held
 *         level=note
 * expect: lock-misuse count=1 said="waited with for a condition, and not held" released=waits_without level=error
 * expect: lock-misuse count=1 said="got, and its owner had died" released=inherits function=dies error=EOWNERDEAD level=note
 * allow: swallowed-error
 */
#include "program.h"

#include <time.h>

#include "locks.h"

static void say(const char *what, int result)
{
    printf("%s: %s\n", what, result == 0 ? "0" : strerror(result));
}

static void unlocks_free(void)
{
    pthread_mutex_t mutex = mutex_of_type(PTHREAD_MUTEX_ERRORCHECK);
    say("unlock what nobody holds", pthread_mutex_unlock(&mutex)); /* wrong:free */
}

static void unlocks_never_locked(void)
{
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    say("unlock a read-write lock that nobody holds", pthread_rwlock_unlock(&lock));
}

static void *holds(void *mutex)
{
    must_be_zero(pthread_mutex_lock(mutex), "lock");
    return NULL;
}

/* The holder must still be there. */
static pthread_barrier_t before, behind;
static void *holds_on(void *mutex)
{
    holds(mutex);
    pthread_barrier_wait(&before);
    pthread_barrier_wait(&behind);
    return NULL;
}

static void unlocks_anothers(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_barrier_init(&before, NULL, 2);
    pthread_barrier_init(&behind, NULL, 2);
    pthread_t thread = start(holds_on, &mutex);
    pthread_barrier_wait(&before);
    say("unlock another's", pthread_mutex_unlock(&mutex));
    pthread_barrier_wait(&behind);
    join(thread);
}

static void locks_twice(void)
{
    pthread_mutex_t mutex = mutex_of_type(PTHREAD_MUTEX_ERRORCHECK);
    must_be_zero(pthread_mutex_lock(&mutex), "lock"); /* leak:once */
    say("lock twice", pthread_mutex_lock(&mutex));    /* wrong:twice */
    must_be_zero(pthread_mutex_unlock(&mutex), "unlock");
}

static void destroys_held(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    must_be_zero(pthread_mutex_lock(&mutex), "lock"); /* leak:held */
    say("destroy what is held", pthread_mutex_destroy(&mutex));
    must_be_zero(pthread_mutex_unlock(&mutex), "unlock");
}

static void destroys_twice(void)
{
    pthread_mutex_t mutex = mutex_of_type(PTHREAD_MUTEX_NORMAL);
    must_be_zero(pthread_mutex_destroy(&mutex), "destroy");
    say("destroy again", pthread_mutex_destroy(&mutex));
}

static void uses_destroyed(void)
{
    pthread_mutex_t mutex = mutex_of_type(PTHREAD_MUTEX_NORMAL);
    must_be_zero(pthread_mutex_destroy(&mutex), "destroy");
    say("lock what is destroyed", pthread_mutex_lock(&mutex));
}

static void initialises_held(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    must_be_zero(pthread_mutex_lock(&mutex), "lock");
    say("initialise what is held", pthread_mutex_init(&mutex, NULL));
}

static void waits_without(void)
{
    pthread_mutex_t mutex = mutex_of_type(PTHREAD_MUTEX_ERRORCHECK);
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    struct timespec past = {1, 0};
    say("wait without the mutex", pthread_cond_timedwait(&condition, &mutex, &past));
}

static void *dies(void *mutex)
{
    return holds(mutex);
}

static void inherits(void)
{
    pthread_mutexattr_t how;
    pthread_mutex_t mutex;
    must_be_zero(pthread_mutexattr_init(&how), "pthread_mutexattr_init");
    must_be_zero(pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST), "pthread_mutexattr_setrobust");
    must_be_zero(pthread_mutex_init(&mutex, &how), "pthread_mutex_init");
    join(start(dies, &mutex));
    say("lock what its owner left", pthread_mutex_lock(&mutex));
    must_be_zero(pthread_mutex_consistent(&mutex), "pthread_mutex_consistent");
    must_be_zero(pthread_mutex_unlock(&mutex), "unlock");
}

int main(void)
{
    unlocks_free();
    unlocks_never_locked();
    unlocks_anothers();
    locks_twice();
    destroys_held();
    destroys_twice();
    uses_destroyed();
    initialises_held();
    waits_without();
    inherits();
    return 0;
}
