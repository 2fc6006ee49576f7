/* With locks=0 nothing is said of locks: of one that a thread holds at its end, and of one that is unlocked twice. Threads
 * are watched all the same.
 *
 * settings: locks=0
 * expect: thread-leak count=1 findings=1 call=pthread_create
 */
#include "program.h"

#include <sys/syscall.h>

#include "locks.h"

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;

static void *work(void *nothing)
{
    must_be_zero(pthread_mutex_lock(&held), "lock");
    return nothing;
}

/* Until the other one has ended: nobody may join it. */
static void *waits(void *nothing)
{
    while (*(volatile int *)&held.__data.__owner == 0 || syscall(SYS_tgkill, getpid(), held.__data.__owner, 0) == 0)
        usleep(1000);
    return nothing;
}

int main(void)
{
    pthread_mutex_t strict = mutex_of_type(PTHREAD_MUTEX_ERRORCHECK);
    start(work, NULL);
    join(start(waits, NULL));
    must_be_zero(pthread_mutex_lock(&strict), "lock");
    must_be_zero(pthread_mutex_unlock(&strict), "unlock");
    return pthread_mutex_unlock(&strict) == EPERM ? 0 : 1;
}
