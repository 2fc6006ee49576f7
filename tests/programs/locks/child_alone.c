/* Children of fork that have nothing but a mutex: no descriptor, no other lock. One waits for itself and is killed; in one a
 * thread ends and still holds it.
 *
 * expect: deadlock count=1 findings=1 call=pthread_mutex_lock function=asks_again class=lock type=mutex level=error members=2
 *         ways=takes|asks_again
 * expect: lock-held count=1 findings=1 call=pthread_mutex_lock function=ends_with_it class=lock type=mutex level=error
 */
#include "program.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#include "locks.h"

static pthread_mutex_t *mutex; /* the parent sees it, too */

static void takes(void)
{
    must_be_zero(pthread_mutex_lock(mutex), "lock");
}

static void asks_again(void)
{
    must_be_zero(pthread_mutex_lock(mutex), "lock again");
}

static void waits_for_itself(void)
{
    takes();
    asks_again();
}

static void *ends_with_it(void *nothing)
{
    must_be_zero(pthread_mutex_lock(mutex), "lock");
    return nothing;
}

static void has_a_thread(void)
{
    join(start(ends_with_it, NULL));
}

int main(void)
{
    pthread_mutex_t initial = PTHREAD_MUTEX_INITIALIZER;
    mutex = must_have(mmap(NULL, sizeof *mutex, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), "mmap");
    *mutex = initial;
    pid_t child = start_child(waits_for_itself);
    until_awaited(mutex);
    must(kill(child, SIGKILL), "kill");
    if (end_of(child) != 128 + SIGKILL)
        exit(98);
    *mutex = initial;
    return end_of(start_child(has_a_thread));
}
