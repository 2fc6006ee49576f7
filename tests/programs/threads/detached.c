/* Detached threads of which some still run when the process ends: created detached, detached by who created them, and by
 * themselves. Those that have ended before are not told, nor are threads that somebody could still join. A child that
 * leaves by _exit with such a thread has nothing told of it.
 *
 * expect: detached-thread count=3 findings=1 call=pthread_create function=create_detached line=created level=note
 *         type=thread detail=pool-*
 * expect: detached-thread count=2 findings=1 call=pthread_create function=detach line=detached level=note
 * expect: detached-thread count=1 findings=1 call=thrd_create function=detach_c11 line=by-itself level=note
 * expect-text: note: 3 threads detached, and still running at exit, started by pthread_create at * in create_detached *
 * expect-text:   3 of them began at *detached.c:* in serve
 * expect-text:   it began at *detached.c:* in serve_c11
 * options: --full
 */
#include "program.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <threads.h>

#include "alone.h"

enum { ROUNDS = 300 };
static sem_t ready, never;
static atomic_int number;

static void *serve(void *named)
{
    char name[16];
    snprintf(name, sizeof name, "pool-%d", ++number);
    if (named)
        must(-pthread_setname_np(pthread_self(), name), "pthread_setname_np");
    sem_post(&ready);
    sem_wait(&never);
    return NULL;
}

static int serve_c11(void *unused)
{
    (void)unused;
    must(-thrd_detach(thrd_current()), "thrd_detach");
    serve(NULL);
    return 0;
}

static void *ends(void *unused)
{
    return unused;
}

static void *detaches_itself(void *unused)
{
    must(-pthread_detach(pthread_self()), "pthread_detach");
    return unused;
}

static void create_detached(void *(*routine)(void *), int count)
{
    pthread_t thread;
    pthread_attr_t how;
    must(-pthread_attr_init(&how), "pthread_attr_init");
    must(-pthread_attr_setdetachstate(&how, PTHREAD_CREATE_DETACHED), "pthread_attr_setdetachstate");
    for (int i = 0; i < count; i++)
        must(-pthread_create(&thread, &how, routine, &ready), "pthread_create"); /* leak:created */
}

static void detach(void *(*routine)(void *), int count)
{
    pthread_t thread;
    for (int i = 0; i < count; i++) {
        must(-pthread_create(&thread, NULL, routine, NULL), "pthread_create"); /* leak:detached */
        if (routine != detaches_itself)
            must(-pthread_detach(thread), "pthread_detach");
    }
}

static void detach_c11(void)
{
    thrd_t thread;
    must(thrd_create(&thread, serve_c11, NULL) == thrd_success ? 0 : -1, "thrd_create"); /* leak:by-itself */
}

static void leave_at_once(void)
{
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        create_detached(serve, 1);
        must(sem_wait(&ready), "sem_wait");
        _exit(0);
    }
    if (end_of(child) != 0)
        exit(99);
}

int main(void)
{
    pthread_t joinable;
    must(sem_init(&ready, 0, 0), "sem_init");
    must(sem_init(&never, 0, 0), "sem_init");
    leave_at_once();
    for (int i = 0; i < ROUNDS; i++) { /* their pthread_t are used again and again, while others still end */
        create_detached(ends, 2);
        detach(ends, 2);
        detach(detaches_itself, 2);
    }
    wait_until_alone();
    create_detached(serve, 3);
    detach(serve, 2);
    detach_c11();
    must(-pthread_create(&joinable, NULL, serve, NULL), "pthread_create");
    for (int i = 0; i < 7; i++)
        must(sem_wait(&ready), "sem_wait");
    return 0;
}
