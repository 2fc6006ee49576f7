/* exit inside two scopes: both are told of, and what they hold is held by the process at its end. A scope that is open in
 * another thread then is a note.
 *
 * expect: unbalanced-scope count=1 scope=server later=*exit?was?called* level=warning
 * expect: unbalanced-scope count=1 scope="server > request" later=*exit?was?called* level=warning
 * expect: unbalanced-scope count=1 scope=elsewhere later=*another?thread* level=note
 * expect: fd-leak count=3 call=open line=inside scope="server > request"
 * expect: fd-leak count=1 call=open line=elsewhere scope=elsewhere
 * expect: scope-leak count=1 call=open line=before scope="server > before" left=1
 * expect-exit: 7
 */
#include "scopes.h"

#include <pthread.h>
#include <semaphore.h>

static sem_t inside;

static void *stay(void *nothing)
{
    LEAKWATCH_SCOPE("elsewhere") {
        open_work("elsewhere.txt"); /* leak:elsewhere */
        sem_post(&inside);
        for (;;)
            pause();
    }
    return nothing;
}

static void __attribute__((noinline)) give_up(void)
{
    LEAKWATCH_SCOPE("request") {
        for (int i = 0; i < 3; i++)
            open_work("inside.txt"); /* leak:inside */
        exit(7);
    }
}

int main(void)
{
    pthread_t thread;
    sem_init(&inside, 0, 0);
    must(-pthread_create(&thread, NULL, stay, NULL), "pthread_create");
    sem_wait(&inside);
    LEAKWATCH_SCOPE("server") {
        LEAKWATCH_SCOPE("before") {
            open_work("before.txt"); /* leak:before */
        }
        give_up();
    }
    return 0;
}
