/* What is held when the process ends by exit: by the thread that ends it, where others of the place were given back; by a
 * thread that is at work. Of what others wait for as they are paused by it, and of what the function holds that ends the
 * process, a note. A lock that is held for life by design, and one whose holder waits for a condition, are no findings at all.
 *
 * expect: lock-held count=1 findings=1 call=pthread_mutex_lock function=forgets level=error
 * expect: lock-held count=1 findings=1 call=pthread_mutex_lock function=works level=note
 * expect: lock-held count=1 findings=1 call=pthread_mutex_lock function=pauses level=note
 * expect: lock-held count=1 findings=1 call=pthread_mutex_lock function=dies level=note
 * expect-total: findings=4
 * expect-exit: 3
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

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER, state = PTHREAD_MUTEX_INITIALIZER;

static void *is_paused(void *nothing)
{
    must_be_zero(pthread_mutex_lock(&gate), "lock");
    pause();
    return nothing;
}

/* Others go on when it is given back, elsewhere. */
__attribute__((noinline)) static void pauses(void)
{
    must_be_zero(pthread_mutex_lock(&gate), "lock");
    __asm__ volatile("");
}

static void goes_on(void)
{
    must_be_zero(pthread_mutex_unlock(&gate), "unlock");
}

__attribute__((noinline)) static void die(void)
{
    exit(3);
}

__attribute__((noinline)) static void dies(int is_last)
{
    must_be_zero(pthread_mutex_lock(&state), "lock");
    if (is_last)
        die();
    must_be_zero(pthread_mutex_unlock(&state), "unlock");
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
    for (volatile int i = 0; i < 5; i++) {
        pauses();
        if (i < 4)
            goes_on();
    }
    start(is_paused, NULL);
    while (__atomic_load_n(&gate.__data.__lock, __ATOMIC_ACQUIRE) != 2)
        usleep(1000);
    for (volatile int i = 0; i < 5; i++)
        dies(i == 4);
    return 0;
}
