/* Two threads take two mutexes in opposite orders and hang; then the process is killed.
 *
 * expect: deadlock count=1 findings=1 call=pthread_mutex_lock class=lock type=mutex level=error members=4
 *         ways=takes_left|takes_right|asks_for_left|asks_for_right
 * expect-text: error: 2 threads wait for each other at *
 * expect-signal: KILL
 */
#include "program.h"

#include <pthread.h>
#include <signal.h>

#include "locks.h"

static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void asks_for_left(void)
{
    must_be_zero(pthread_mutex_lock(&left), "lock left");
}

static void asks_for_right(void)
{
    must_be_zero(pthread_mutex_lock(&right), "lock right");
}

static void *takes_left(void *nothing)
{
    must_be_zero(pthread_mutex_lock(&left), "lock left");
    pthread_barrier_wait(&both);
    asks_for_right();
    return nothing;
}

static void *takes_right(void *nothing)
{
    must_be_zero(pthread_mutex_lock(&right), "lock right");
    pthread_barrier_wait(&both);
    asks_for_left();
    return nothing;
}

int main(void)
{
    pthread_barrier_init(&both, NULL, 2);
    start(takes_left, NULL);
    start(takes_right, NULL);
    until_awaited(&left);
    until_awaited(&right);
    return kill(getpid(), SIGKILL);
}
