/* Threads that end inside a scope: they return, exit or are cancelled in C without -fexceptions, where no block is left on
 * the way. The scope is told of, and what it held is left by it.
 *
 * expect: unbalanced-scope count=5 scope=returned later=*thread?ended* level=warning
 * expect: scope-leak count=5 call=open line=returned scope=returned ended=5 left=5
 * expect: unbalanced-scope count=3 scope="outer > exited" later=*thread?ended*
 * expect: unbalanced-scope count=3 scope=outer later=*thread?ended*
 * expect: scope-leak count=3 call=open line=exited scope="outer > exited" left=3
 * expect: unbalanced-scope count=1 scope=cancelled later=*thread?ended*
 * expect-scope: path=outer entered=3 ended=3 left=0
 * expect-scope: path=later entered=9 ended=9 left=0
 */
#include "scopes.h"

#include <pthread.h>

static void *return_inside(void *nothing)
{
    leakwatch_scope_begin("returned");
    open_work("returned.txt"); /* leak:returned */
    return nothing;
}

static void *exit_inside(void *nothing)
{
    LEAKWATCH_SCOPE("outer") {
        LEAKWATCH_SCOPE("exited") {
            open_work("exited.txt"); /* leak:exited */
            pthread_exit(nothing);
        }
    }
    return nothing;
}

static void *be_cancelled(void *nothing)
{
    LEAKWATCH_SCOPE("cancelled") {
        pthread_cancel(pthread_self());
        pthread_testcancel();
    }
    return nothing;
}

/* A thread that takes the place of one that has ended begins outside of its scopes. */
static void *begin_anew(void *nothing)
{
    LEAKWATCH_SCOPE("later") {
        must(close(open_null()), "close");
    }
    return nothing;
}

static void run(void *(*work)(void *))
{
    pthread_t thread;
    must(-pthread_create(&thread, NULL, work, NULL), "pthread_create");
    must(-pthread_join(thread, NULL), "pthread_join");
}

int main(void)
{
    for (int i = 0; i < 9; i++) {
        if (i < 5)
            run(return_inside);
        if (i < 3)
            run(exit_inside);
        if (i == 8)
            run(be_cancelled);
        run(begin_anew);
    }
    puts("all have ended");
    return 0;
}
