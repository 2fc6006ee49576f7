/* A mutex that raises the priority of who has it says of itself that it is held, like a plain one.
 *
 * expect: lock-misuse count=1 findings=1 said="destroyed while held" released=destroys_held function=takes level=error
 * expect: lock-held count=1 findings=1 function=takes_and_ends line=left level=error
 */
#include "program.h"

#include <sched.h>

#include "locks.h"

static pthread_mutex_t destroyed, left;

static void make(pthread_mutex_t *mutex)
{
    pthread_mutexattr_t how;
    must_be_zero(pthread_mutexattr_init(&how), "pthread_mutexattr_init");
    must_be_zero(pthread_mutexattr_setprotocol(&how, PTHREAD_PRIO_PROTECT), "pthread_mutexattr_setprotocol");
    must_be_zero(pthread_mutexattr_setprioceiling(&how, sched_get_priority_min(SCHED_FIFO)),
                 "pthread_mutexattr_setprioceiling");
    must_be_zero(pthread_mutex_init(mutex, &how), "pthread_mutex_init");
}

static void takes(pthread_mutex_t *mutex)
{
    must_be_zero(pthread_mutex_lock(mutex), "lock");
}

static void destroys_held(void)
{
    takes(&destroyed);
    printf("destroy what it has: %d\n", pthread_mutex_destroy(&destroyed));
    printf("unlock it: %s\n", strerror(pthread_mutex_unlock(&destroyed)));
}

static void *takes_and_ends(void *nothing)
{
    takes(&left); /* leak:left */
    return nothing;
}

int main(void)
{
    const struct sched_param lowest = {.sched_priority = sched_get_priority_min(SCHED_FIFO)};
    if (pthread_setschedparam(pthread_self(), SCHED_FIFO, &lowest) != 0) {
        fputs("only threads with a priority take it, and this one must have none\n", stderr);
        return 77;
    }
    make(&destroyed);
    make(&left);
    destroys_held();
    join(start(takes_and_ends, NULL));
    printf("try what its owner left: %s\n", strerror(pthread_mutex_trylock(&left)));
    return 0;
}
