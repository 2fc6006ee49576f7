/* A handler takes and gives back a lock of its own, wherever the program happens to be in taking and giving back others, and
 * now and then leaves by a jump. Nothing is left on the board: the thread's last lock, which is held when it ends, is all.
 *
 * expect: lock-held count=1 call=pthread_mutex_lock function=ends_with_one line=kept
 */
#include "program.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/time.h>

#include "locks.h"

enum { TICKS = 2000 };

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER,
                       in_handler = PTHREAD_MUTEX_INITIALIZER, kept = PTHREAD_MUTEX_INITIALIZER;
static volatile sig_atomic_t ticks;
static sigjmp_buf away;
static volatile sig_atomic_t may_leave;

/* One tick after the other, so that a slow machine has time for something between them. */
static void next_tick(int microseconds)
{
    const struct itimerval once = {{0, 0}, {0, microseconds}};
    setitimer(ITIMER_REAL, &once, NULL);
}

static void tick(int number)
{
    (void)number;
    if (pthread_mutex_trylock(&in_handler) == 0)
        pthread_mutex_unlock(&in_handler);
    next_tick(50);
    if (++ticks % 7 == 0 && may_leave)
        siglongjmp(away, 1);
}

static void take_and_give(void)
{
    must_be_zero(pthread_mutex_lock(&outer), "lock outer");
    must_be_zero(pthread_mutex_lock(&inner), "lock inner");
    must_be_zero(pthread_mutex_unlock(&outer), "unlock outer");
    must_be_zero(pthread_mutex_unlock(&inner), "unlock inner");
}

/* Where it jumps from, no lock is held. */
static void works(void)
{
    while (ticks < TICKS) {
        for (int i = 0; i < 100; i++)
            take_and_give();
        if (sigsetjmp(away, 1) == 0) {
            may_leave = 1; /* now that there is where to jump to */
            for (volatile int i = 0; i < 1000; i++)
                continue;
        }
        may_leave = 0;
    }
}

/* The signal is for the thread that sets where to jump: in another one that would be another's stack. */
static void alarms(int how)
{
    sigset_t alarm;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    must_be_zero(pthread_sigmask(how, &alarm, NULL), "mask");
}

static void *ends_with_one(void *nothing)
{
    alarms(SIG_UNBLOCK);
    next_tick(50);
    works();
    alarms(SIG_BLOCK);
    must_be_zero(pthread_mutex_lock(&kept), "lock the last"); /* leak:kept */
    return nothing;
}

int main(void)
{
    pthread_t thread;
    signal(SIGALRM, tick);
    alarms(SIG_BLOCK);
    must_be_zero(pthread_create(&thread, NULL, ends_with_one, NULL), "create");
    must_be_zero(pthread_join(thread, NULL), "join");
    return 0;
}
