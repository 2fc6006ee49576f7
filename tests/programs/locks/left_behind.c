/* Ways out of a lock that no unlock sees, and processes that come from fork. The cleanup of a cancelled wait has the mutex,
 * and gives it back: nothing is said of that, nor of what a child does with locks that its parent had. A jump leaves a lock
 * held, and so does a place that forgets it.
 *
 * expect: lock-held count=1 findings=1 call=pthread_mutex_lock function=jumps_out level=error
 * expect: lock-held count=1 findings=1 call=pthread_mutex_lock function=cancelled_holding level=error
 * expect-total: findings=2
 * allow: swallowed-error level=note
 */
#include "program.h"

#include <setjmp.h>

#include "locks.h"

static pthread_mutex_t waited = PTHREAD_MUTEX_INITIALIZER, jumped = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t at_fork = PTHREAD_MUTEX_INITIALIZER, kept = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t read_at_fork = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static volatile int is_waiting;

static void say(const char *what, int result)
{
    printf("%s: %s\n", what, result == 0 ? "0" : strerror(result));
    fflush(stdout);
}

static void unlocks(void *mutex)
{
    say("unlock in the cleanup", pthread_mutex_unlock(mutex));
}

static void *waits(void *nothing)
{
    must_be_zero(pthread_mutex_lock(&waited), "lock");
    pthread_cleanup_push(unlocks, &waited);
    is_waiting = 1;
    for (;;)
        pthread_cond_wait(&never, &waited);
    pthread_cleanup_pop(0);
    return nothing;
}

/* It waits for ever where it can be cancelled, and what it has is nobody's to give back. */
static void *cancelled_holding(void *nothing)
{
    must_be_zero(pthread_mutex_lock(&kept), "lock");
    is_waiting = 2;
    for (;;)
        pause();
    return nothing;
}

static void cancel(void *(*routine)(void *), int until)
{
    pthread_t thread = start(routine, NULL);
    while (is_waiting != until)
        usleep(1000);
    if (routine == waits) { /* so it has given the mutex up */
        must_be_zero(pthread_mutex_lock(&waited), "lock");
        must_be_zero(pthread_mutex_unlock(&waited), "unlock");
    }
    must_be_zero(pthread_cancel(thread), "pthread_cancel");
    join(thread);
}

/* One place, where it is given back as a rule. */
static jmp_buf out;
__attribute__((noinline)) static void jumps_out(int jumps)
{
    must_be_zero(pthread_mutex_lock(&jumped), "lock");
    if (jumps)
        longjmp(out, 1);
    must_be_zero(pthread_mutex_unlock(&jumped), "unlock");
}

static void *leaves_by_jump(void *nothing)
{
    for (volatile int i = 0; i < 5; i++)
        if (setjmp(out) == 0)
            jumps_out(i == 4);
    return nothing;
}

static int is_child(void)
{
    pid_t child = must(fork(), "fork");
    if (child == 0)
        return 1;
    printf("the child: %d\n", end_of(child));
    return 0;
}

static void forks(void)
{
    pthread_mutex_t counts = mutex_of_type(PTHREAD_MUTEX_RECURSIVE);
    must_be_zero(pthread_mutex_lock(&at_fork), "lock");
    must_be_zero(pthread_rwlock_rdlock(&read_at_fork), "read lock");
    must_be_zero(pthread_mutex_lock(&counts), "lock");
    if (is_child()) {
        say("unlock in the child what its parent had", pthread_mutex_unlock(&at_fork));
        say("unlock in the child what its parent read", pthread_rwlock_unlock(&read_at_fork));
        say("unlock in the child what its parent counted", pthread_mutex_unlock(&counts));
        say("initialise it", pthread_mutex_init(&counts, NULL));
        say("lock it", pthread_mutex_lock(&counts));
        say("unlock it", pthread_mutex_unlock(&counts));
        exit(0);
    }
    must_be_zero(pthread_mutex_unlock(&counts), "unlock");
    must_be_zero(pthread_rwlock_unlock(&read_at_fork), "unlock");
    must_be_zero(pthread_mutex_unlock(&at_fork), "unlock");
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    cancel(waits, 1);
    cancel(cancelled_holding, 2);
    forks();
    join(start(leaves_by_jump, NULL));
    return 0;
}
