/* Threads that end in each way there is, and are joined, detached, or forgotten.
 *
 * expect: thread-leak count=5 call=pthread_create function=forget line=forget
 * expect: thread-leak count=3 call=thrd_create function=forget_c11 line=forget_c11
 */
#include "program.h"

#include <pthread.h>
#include <stdatomic.h>
#include <threads.h>

#include "alone.h"

static atomic_int ended;

static void *returns(void *unused)
{
    ended++;
    return unused;
}
static void *exits(void *unused)
{
    ended++;
    pthread_exit(unused);
}
static void *is_cancelled(void *unused)
{
    ended++;
    for (;;)
        sleep(600);
    return unused;
}
static int returns_c11(void *unused)
{
    (void)unused;
    ended++;
    return 3;
}

static pthread_t start(void *(*routine)(void *))
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, routine, NULL) != 0)
        exit(99);
    return thread;
}

static void forget(void *(*routine)(void *))
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, routine, NULL) != 0) /* leak:forget */
        exit(99);
    if (routine == is_cancelled)
        pthread_cancel(thread);
}

static void forget_c11(void)
{
    thrd_t thread;
    if (thrd_create(&thread, returns_c11, NULL) != thrd_success) /* leak:forget_c11 */
        exit(99);
}

int main(void)
{
    pthread_attr_t detached;
    pthread_t one;
    int result;
    thrd_t other;
    for (int i = 0; i < 9; i++)
        pthread_join(start(i % 2 ? exits : returns), NULL);
    pthread_detach(start(returns));
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&one, &detached, returns, NULL) != 0)
        return 99;
    forget(returns);
    forget(exits);
    forget(is_cancelled);
    forget(returns);
    forget(exits);
    for (int i = 0; i < 3; i++)
        forget_c11();
    if (thrd_create(&other, returns_c11, NULL) != thrd_success || thrd_join(other, &result) != thrd_success)
        return 99;
    wait_until_alone();
    return result == 3 ? 0 : 98;
}
