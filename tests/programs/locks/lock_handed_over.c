/* Threads end and hold locks that they have handed over to the process. Of one place nothing was ever given back, so that it
 * may be meant to last; of the other one some were. What was not handed over is told as ever.
 *
 * expect: lock-held count=2 findings=1 call=pthread_mutex_lock function=hands_over_some line=some class=lock type=mutex
 *         level=error
 * expect: lock-held count=1 findings=1 call=pthread_mutex_lock function=forgets line=forgotten level=error
 * expect-text: error: 2 mutexes handed over to the process and never released, taken by pthread_mutex_lock at *
 */
#include "program.h"

#include <leakwatch/leakwatch.h>

#include "locks.h"

enum { SOME = 5, ALL = 3 };
static pthread_mutex_t all[ALL], some[SOME], forgotten = PTHREAD_MUTEX_INITIALIZER;

static void *hands_over(void *lock)
{
    must_be_zero(pthread_mutex_lock(lock), "lock");
    leakwatch_hand_over(LEAKWATCH_LOCK(lock), LEAKWATCH_PROCESS);
    return NULL;
}

static void *hands_over_some(void *lock)
{
    must_be_zero(pthread_mutex_lock(lock), "lock"); /* leak:some */
    leakwatch_hand_over(LEAKWATCH_LOCK(lock), LEAKWATCH_PROCESS);
    if (lock != &some[0] && lock != &some[3])
        must_be_zero(pthread_mutex_unlock(lock), "unlock");
    return NULL;
}

static void *forgets(void *lock)
{
    must_be_zero(pthread_mutex_lock(lock), "lock"); /* leak:forgotten */
    return NULL;
}

int main(void)
{
    for (int i = 0; i < ALL; i++) {
        must_be_zero(pthread_mutex_init(&all[i], NULL), "pthread_mutex_init");
        join(start(hands_over, &all[i]));
    }
    for (int i = 0; i < SOME; i++) {
        must_be_zero(pthread_mutex_init(&some[i], NULL), "pthread_mutex_init");
        join(start(hands_over_some, &some[i]));
    }
    join(start(forgets, &forgotten));
    return 0;
}
