/* What is held when the process ends by exit: by the thread that ends it, where others of the place were given back; by a
 * thread that is at work. A lock that is held for life by design, and one whose holder waits for a condition, are no
 * findings at all.
 *
 * expect: lock-held count=1 findings=1 call=pthread_mutex_lock function=forgets level=error
 * expect: lock-held count=1 findings=1 call=pthread_mutex_lock function=works level=note
 * expect-total: findings=2
 */
#include "program.h"

#include "locks.h"

static pthread_mutex_t often = PTHREAD_MUTEX_INITIALIZER, at_work = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t for_life = PTHREAD_MUTEX_INITIALIZER, waiting = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static volatile int is_at_work, is_waiting;

/* One place, whatever a compiler does to loops. */
__attribute__((noinline)) static void forgets(int is_last)
{
    must_be_zero(pthread_mutex_lock(&often), "lock");
    if (!is_last)
        must_be_zero(pthread_mutex_unlock(&often), "unlock");
}

static void *works(void *nothing)
{
    for (int i = 0;; i++) {
        must_be_zero(pthread_mutex_lock(&at_work), "lock");
        is_at_work = i == 5;
        while (is_at_work)
            pause();
        must_be_zero(pthread_mutex_unlock(&at_work), "unlock");
    }
    return nothing;
}

static void *waits(void *nothing)
{
    must_be_zero(pthread_mutex_lock(&waiting), "lock");
    is_waiting = 1;
    for (;;)
        pthread_cond_wait(&never, &waiting);
    return nothing;
}

int main(void)
{
    must_be_zero(pthread_mutex_lock(&for_life), "lock");
    start(works, NULL);
    start(waits, NULL);
    while (!is_at_work || !is_waiting)
        usleep(1000);
    must_be_zero(pthread_mutex_lock(&waiting), "lock"); /* so it waits */
    must_be_zero(pthread_mutex_unlock(&waiting), "unlock");
    for (volatile int i = 0; i < 5; i++)
        forgets(i == 4);
    return 0;
}
