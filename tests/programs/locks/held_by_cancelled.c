/* Threads that are cancelled while they wait for a condition have its mutex again. 2 of 5 clean up without giving it back.
 *
 * expect: lock-held count=2 findings=1 call=pthread_mutex_lock function=waits line=taken class=lock type=mutex level=error
 */
#include "program.h"

#include <stdbool.h>

#include "locks.h"

enum { THREADS = 5 };
struct part {
    pthread_mutex_t mutex;
    pthread_cond_t never;
    bool forgets;
    int waiting;
};
static struct part parts[THREADS];

static void clean_up(void *argument)
{
    struct part *part = argument;
    if (!part->forgets)
        must_be_zero(pthread_mutex_unlock(&part->mutex), "unlock");
}

static void *waits(void *argument)
{
    struct part *part = argument;
    must_be_zero(pthread_mutex_lock(&part->mutex), "lock"); /* leak:taken */
    pthread_cleanup_push(clean_up, part);
    __atomic_store_n(&part->waiting, 1, __ATOMIC_RELEASE);
    for (;;)
        pthread_cond_wait(&part->never, &part->mutex);
    pthread_cleanup_pop(0);
    return NULL;
}

/* Who waits has given the mutex up. */
static void until_it_waits(struct part *part)
{
    while (!__atomic_load_n(&part->waiting, __ATOMIC_ACQUIRE))
        usleep(1000);
    must_be_zero(pthread_mutex_lock(&part->mutex), "lock");
    must_be_zero(pthread_mutex_unlock(&part->mutex), "unlock");
}

int main(void)
{
    for (int i = 0; i < THREADS; i++) {
        struct part *part = &parts[i];
        void *result;
        part->forgets = i % 3 == 1;
        must_be_zero(pthread_mutex_init(&part->mutex, NULL), "pthread_mutex_init");
        must_be_zero(pthread_cond_init(&part->never, NULL), "pthread_cond_init");
        pthread_t thread = start(waits, part);
        until_it_waits(part);
        must_be_zero(pthread_cancel(thread), "pthread_cancel");
        must_be_zero(pthread_join(thread, &result), "pthread_join");
        printf("cancelled %d, free %d\n", result == PTHREAD_CANCELED, pthread_mutex_trylock(&part->mutex) == 0);
    }
    return 0;
}
