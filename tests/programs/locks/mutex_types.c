/* What the C library says of each wrong call to each type of mutex is printed; what is told of them agrees with it, type by
 * type. (Of robust ones, and those that inherit priority, the lock's word is the owner's number; see mutex_ceiling.c.)
 *
 * expect: lock-misuse count=7 findings=1 said="unlocked, and nobody held it" released=unlocks_free level=error
 * expect: lock-misuse count=7 findings=1 said="unlocked by another thread than its holder" released=unlocks function=takes
 *         level=note
 * expect: lock-misuse count=1 findings=1 said="locked twice by its own thread" released=tries function=takes error=EDEADLK
 *         level=error
 * expect: lock-misuse count=2 findings=1 said="locked twice by its own thread" released=locks_twice function=takes
 *         error=EDEADLK level=error
 * expect: lock-misuse count=7 findings=1 said="destroyed while held" released=destroys_held function=takes level=error
 * expect: lock-misuse count=2 findings=1 said="used after it was destroyed, or never initialised" released=destroys_held error=EINVAL level=error
 * expect: lock-misuse count=2 findings=1 said="got, and its owner had died" released=tries function=takes
 *         error=EOWNERDEAD level=note
 * expect: lock-held count=5 findings=1 function=takes level=error
 * allow: swallowed-error
 */
#include "program.h"

#include <stdbool.h>
#include <time.h>

#include "locks.h"

static const struct type {
    const char *name;
    int type, robust, protocol;
    int own_again; /* what a lock of what the thread has says; 0: it counts; -1: it would hang */
} types[] = {
    {"normal", PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE, -1},
    {"recursive", PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE, 0},
    {"checking", PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE, EDEADLK},
    {"adaptive", PTHREAD_MUTEX_ADAPTIVE_NP, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE, -1},
    {"robust", PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_NONE, -1},
    {"robust and checking", PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_NONE, EDEADLK},
    {"inheriting", PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_INHERIT, -1},
};

static void say(const char *what, int result)
{
    printf("  %s: %s\n", what, result == 0 ? "0" : strerror(result));
}

static pthread_mutex_t *mutex_like(const struct type *type)
{
    static pthread_mutex_t room[8 * COUNT(types)];
    static size_t used;
    pthread_mutex_t *mutex = &room[used++];
    pthread_mutexattr_t how;
    must_be_zero(pthread_mutexattr_init(&how), "pthread_mutexattr_init");
    must_be_zero(pthread_mutexattr_settype(&how, type->type), "pthread_mutexattr_settype");
    must_be_zero(pthread_mutexattr_setrobust(&how, type->robust), "pthread_mutexattr_setrobust");
    must_be_zero(pthread_mutexattr_setprotocol(&how, type->protocol), "pthread_mutexattr_setprotocol");
    must_be_zero(pthread_mutex_init(mutex, &how), "pthread_mutex_init");
    return mutex;
}

/* One place, whatever a compiler makes of it. */
__attribute__((noinline)) static void takes(pthread_mutex_t *mutex)
{
    must_be_zero(pthread_mutex_lock(mutex), "lock");
}

static void unlocks_free(const struct type *type)
{
    say("unlock what nobody holds", pthread_mutex_unlock(mutex_like(type)));
}

__attribute__((noinline)) static int tries(pthread_mutex_t *mutex)
{
    return pthread_mutex_trylock(mutex);
}

static int result_of_other;
static void *unlocks(void *mutex)
{
    result_of_other = pthread_mutex_unlock(mutex);
    return NULL;
}

static void unlocks_anothers(const struct type *type)
{
    pthread_mutex_t *mutex = mutex_like(type);
    takes(mutex);
    join(start(unlocks, mutex));
    say("unlock another's", result_of_other);
    if (result_of_other != 0)
        must_be_zero(pthread_mutex_unlock(mutex), "unlock");
    int result = tries(mutex);
    say("then try it", result);
    if (result == 0)
        must_be_zero(pthread_mutex_unlock(mutex), "unlock");
}

static void tries_again(const struct type *type)
{
    const struct timespec past = {1, 0};
    pthread_mutex_t *mutex = mutex_like(type);
    takes(mutex);
    int result = tries(mutex);
    say("try what it has", result);
    if (result == 0)
        must_be_zero(pthread_mutex_unlock(mutex), "unlock");
    if (type->own_again != EDEADLK) {
        result = pthread_mutex_timedlock(mutex, &past);
        say("wait a while for what it has", result);
        if (result == 0)
            must_be_zero(pthread_mutex_unlock(mutex), "unlock");
    }
    must_be_zero(pthread_mutex_unlock(mutex), "unlock");
}

static void locks_twice(const struct type *type)
{
    pthread_mutex_t *mutex = mutex_like(type);
    if (type->own_again < 0)
        return;
    takes(mutex);
    int result = pthread_mutex_lock(mutex);
    say("lock what it has", result);
    if (result != type->own_again)
        exit(98);
    if (result == 0)
        must_be_zero(pthread_mutex_unlock(mutex), "unlock");
    must_be_zero(pthread_mutex_unlock(mutex), "unlock");
}

/* Of what was destroyed all the same, the unlock fails. */
static void destroys_held(const struct type *type)
{
    pthread_mutex_t *mutex = mutex_like(type);
    takes(mutex);
    say("destroy what it has", pthread_mutex_destroy(mutex));
    say("unlock it", pthread_mutex_unlock(mutex));
}

static void *takes_and_ends(void *mutex)
{
    takes(mutex);
    return NULL;
}

static void after_its_owner(const struct type *type)
{
    pthread_mutex_t *mutex = mutex_like(type);
    join(start(takes_and_ends, mutex));
    int result = tries(mutex);
    say("try what its owner left", result);
    if (result == EOWNERDEAD) {
        say("make it consistent", pthread_mutex_consistent(mutex));
        say("unlock it", pthread_mutex_unlock(mutex));
    }
}

int main(void)
{
    for (const struct type *type = types; type < types + COUNT(types); type++) {
        printf("%s\n", type->name);
        unlocks_free(type);
        unlocks_anothers(type);
        tries_again(type);
        locks_twice(type);
        destroys_held(type);
        after_its_owner(type);
    }
    return 0;
}
