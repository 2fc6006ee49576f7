/* Two threads wait for each other, one of which holds 400 locks: what it waits for is told, and the first 137 that it has.
 *
 * expect: deadlock count=1 findings=1 level=error
 * expect-signal: KILL
 * expect-text: 263 locks found no room, as their threads held 137 others, and what concerns them is not told
 */
#include "program.h"

#include "locks.h"

enum { MANY = 400 };
static pthread_mutex_t many[MANY], other = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *takes_all(void *nothing)
{
    for (int i = 0; i < MANY; i++)
        must_be_zero(pthread_mutex_lock(&many[i]), "lock");
    pthread_barrier_wait(&both);
    must_be_zero(pthread_mutex_lock(&other), "lock");
    return nothing;
}

static void *takes_other(void *nothing)
{
    must_be_zero(pthread_mutex_lock(&other), "lock");
    pthread_barrier_wait(&both);
    must_be_zero(pthread_mutex_lock(&many[100]), "lock");
    return nothing;
}

int main(void)
{
    for (int i = 0; i < MANY; i++)
        must_be_zero(pthread_mutex_init(&many[i], NULL), "init");
    pthread_barrier_init(&both, NULL, 2);
    start(takes_all, NULL);
    start(takes_other, NULL);
    until_awaited(&other);
    until_awaited(&many[100]);
    kill(getpid(), SIGKILL);
    return 0;
}
