/* 6 of 17 threads end and still hold the mutex that they have taken; another thread waits for one of them.
 *
 * expect: lock-held count=6 findings=1 call=pthread_mutex_lock function=work line=taken class=lock type=mutex level=error
 *         threads=7 ways=waits
 * expect-text: error: 6 mutexes held by a thread that has ended, taken by pthread_mutex_lock at *
 * expect-text:     and 2 more
 */
#include "program.h"

#include "locks.h"

enum { THREADS = 17 };

struct part {
    pthread_mutex_t mutex;
    int number;
};
static struct part parts[THREADS];

static void *work(void *argument)
{
    struct part *part = argument;
    must_be_zero(pthread_mutex_lock(&part->mutex), "lock"); /* leak:taken */
    if (part->number % 3 == 1)
        return NULL;
    must_be_zero(pthread_mutex_unlock(&part->mutex), "unlock");
    return NULL;
}

static void *waits(void *argument)
{
    struct part *part = argument;
    must_be_zero(pthread_mutex_lock(&part->mutex), "lock");
    return NULL;
}

int main(void)
{
    for (int i = 0; i < THREADS; i++) {
        parts[i].number = i;
        must_be_zero(pthread_mutex_init(&parts[i].mutex, NULL), "pthread_mutex_init");
        join(start(work, &parts[i]));
    }
    start(waits, &parts[7]);
    until_awaited(&parts[7].mutex);
    return 0;
}
