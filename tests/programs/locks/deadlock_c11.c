/* A thread of C11 waits for a condition and has given up one mutex for it, but not another, which the one that signals wants
 * while it has the first: neither goes on, though the first waits for no lock.
 *
 * expect: deadlock count=1 findings=1 call=mtx_lock|cnd_wait class=lock level=error members=4 ways=signals|waits|take
 * expect-text: error: 2 threads wait for each other at *
 * expect-text: *thread * for a condition, and needs the mutex that thread * holds*
 * expect-signal: KILL
 */
#include "program.h"

#include <signal.h>
#include <stdatomic.h>
#include <threads.h>

#include "locks.h"

static mtx_t left, right;
static cnd_t ready;
static int is_ready;
static atomic_int has_both;

static void must_succeed(int result)
{
    if (result != thrd_success)
        exit(99);
}

static void take(mtx_t *mutex)
{
    must_succeed(mtx_lock(mutex));
}

/* It has the right one all the time, and the left one again behind the wait. */
static int waits(void *nothing)
{
    (void)nothing;
    take(&right);
    take(&left);
    has_both = 1;
    while (!is_ready)
        must_succeed(cnd_wait(&ready, &left));
    return 0;
}

static int signals(void *nothing)
{
    (void)nothing;
    take(&left);
    is_ready = 1;
    must_succeed(cnd_signal(&ready));
    take(&right);
    return 0;
}

static void until_asked_for(mtx_t *mutex)
{
    until_awaited((pthread_mutex_t *)(void *)mutex);
}

int main(void)
{
    thrd_t threads[2];
    must_succeed(mtx_init(&left, mtx_plain));
    must_succeed(mtx_init(&right, mtx_plain | mtx_recursive));
    must_succeed(cnd_init(&ready));
    must_succeed(thrd_create(&threads[0], waits, NULL));
    while (!has_both)
        thrd_yield();
    must_succeed(thrd_create(&threads[1], signals, NULL));
    until_asked_for(&right);
    return kill(getpid(), SIGKILL);
}
