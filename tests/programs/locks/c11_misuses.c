/* Mutexes of C11 misused, each way once; what the C library says of it is printed. Its results do not tell an error from
 * another.
 *
 * expect: lock-misuse count=1 call=mtx_unlock said="unlocked, and nobody held it" released=unlocks_free type=mutex level=error
 * expect: lock-misuse count=1 call=mtx_unlock said="unlocked by another thread than its holder" released=unlocks_anothers
 *         function=holds_on level=note
 * expect: lock-misuse count=1 call=mtx_destroy said="destroyed while held" released=destroys_held level=error
 * expect: lock-misuse count=1 call=mtx_destroy said="destroyed twice, or never initialised" released=destroys_twice level=error
 * expect: lock-misuse count=1 call=mtx_lock said="used after it was destroyed, or never initialised" released=uses_destroyed level=error
 * expect: lock-misuse count=1 call=mtx_init said="initialised again while held*" released=initialises_held level=note
 * expect: lock-misuse count=1 call=cnd_timedwait said="waited with for a condition, and not held" released=waits_without
 *         level=error
 * allow: swallowed-error
 * allow: lock-held function=destroys_held
 */
#include "program.h"

#include <threads.h>

#include "locks.h"

static void say(const char *what, int result)
{
    printf("%s: %d\n", what, result);
}

static void must_succeed(int result)
{
    if (result != thrd_success)
        exit(99);
}

static void unlocks_free(void)
{
    mtx_t mutex;
    must_succeed(mtx_init(&mutex, mtx_plain));
    say("unlock what nobody has", mtx_unlock(&mutex));
}

static pthread_barrier_t before, behind;
static int holds_on(void *mutex)
{
    must_succeed(mtx_lock(mutex));
    pthread_barrier_wait(&before);
    pthread_barrier_wait(&behind);
    return 0;
}

static void unlocks_anothers(void)
{
    mtx_t mutex;
    thrd_t thread;
    pthread_barrier_init(&before, NULL, 2);
    pthread_barrier_init(&behind, NULL, 2);
    must_succeed(mtx_init(&mutex, mtx_plain));
    must_succeed(thrd_create(&thread, holds_on, &mutex));
    pthread_barrier_wait(&before);
    say("unlock another's", mtx_unlock(&mutex));
    pthread_barrier_wait(&behind);
    must_succeed(thrd_join(thread, NULL));
}

static void destroys_held(void)
{
    mtx_t mutex;
    must_succeed(mtx_init(&mutex, mtx_plain));
    must_succeed(mtx_lock(&mutex));
    mtx_destroy(&mutex);
    must_succeed(mtx_unlock(&mutex));
}

static void destroys_twice(void)
{
    mtx_t mutex;
    must_succeed(mtx_init(&mutex, mtx_plain));
    mtx_destroy(&mutex);
    mtx_destroy(&mutex);
}

static void uses_destroyed(void)
{
    mtx_t mutex;
    must_succeed(mtx_init(&mutex, mtx_plain));
    mtx_destroy(&mutex);
    say("lock what is destroyed", mtx_lock(&mutex));
}

static void initialises_held(void)
{
    mtx_t mutex;
    must_succeed(mtx_init(&mutex, mtx_plain));
    must_succeed(mtx_lock(&mutex));
    say("initialise what is held", mtx_init(&mutex, mtx_plain));
}

static void waits_without(void)
{
    mtx_t mutex;
    cnd_t condition;
    const struct timespec past = {1, 0};
    must_succeed(mtx_init(&mutex, mtx_plain));
    must_succeed(cnd_init(&condition));
    say("wait with what nobody has", cnd_timedwait(&condition, &mutex, &past));
}

int main(void)
{
    unlocks_free();
    unlocks_anothers();
    destroys_held();
    destroys_twice();
    uses_destroyed();
    initialises_held();
    waits_without();
    return 0;
}
