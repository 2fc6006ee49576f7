/* A thread takes a mutex that it holds itself, and hangs; then the process is killed.
 *
 * expect: deadlock count=1 findings=1 call=pthread_mutex_lock function=helper level=error members=2 ways=work|helper
 * expect-text: error: a thread waits for a lock that it holds itself at *
 * expect-signal: KILL
 */
#include "program.h"

#include <signal.h>

#include "locks.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void helper(void)
{
    must_be_zero(pthread_mutex_lock(&mutex), "lock in helper");
}

static void *work(void *nothing)
{
    must_be_zero(pthread_mutex_lock(&mutex), "lock in work");
    helper();
    return nothing;
}

int main(void)
{
    start(work, NULL);
    until_awaited(&mutex);
    return kill(getpid(), SIGKILL);
}
