/* Scopes that are taken off a thread together, and put back or ended one by one: what was open inside the one that was
 * detached is attached before it, is ended meanwhile, takes along what is open inside itself, or goes to another thread.
 * Each round every scope ends once, and what it opened is charged to the one in which it was opened.
 *
 * expect: scope-leak count=10 call=open function=forget scope="request > body" ended=50 left=10
 * forbid: unbalanced-scope
 * expect-scope: path=request entered=50 ended=50 left=0
 * expect-scope: path="request > body" entered=50 ended=50 left=10
 * expect-scope: path="request > body > line" entered=20 ended=20 left=0
 */
#include "scopes.h"

#include <pthread.h>

enum { ROUNDS = 10 };

static leakwatch_scope_t request, body, line;

static void __attribute__((noinline)) forget(void)
{
    open_null();
}

static void tidy(void)
{
    must(close(open_null()), "close");
}

static void take_off(void)
{
    request = leakwatch_scope_begin("request");
    body = leakwatch_scope_begin("body");
    leakwatch_scope_detach(request);
    tidy();
}

static void end(leakwatch_scope_t scope, long left)
{
    tidy();
    says((long)leakwatch_scope_end(scope), left, "what a scope leaves");
}

static void inner_one_first(void)
{
    take_off();
    says(leakwatch_scope_attach(body), 0, "attach");
    says(leakwatch_scope_attach(request), 0, "attach");
    forget(); /* inside the body still, although the request came later */
    end(body, 1);
    end(request, 0);
}

static void inner_one_ended_meanwhile(void)
{
    take_off();
    end(body, 0);
    says(leakwatch_scope_attach(request), 0, "attach");
    tidy();
    end(request, 0);
}

static void with_what_is_inside(void)
{
    request = leakwatch_scope_begin("request");
    body = leakwatch_scope_begin("body");
    line = leakwatch_scope_begin("line");
    leakwatch_scope_detach(request);
    says(leakwatch_scope_attach(body), 0, "attach");
    end(line, 0);
    end(body, 0);
    says(leakwatch_scope_attach(request), 0, "attach");
    end(request, 0);
}

static void one_by_one(void)
{
    request = leakwatch_scope_begin("request");
    body = leakwatch_scope_begin("body");
    line = leakwatch_scope_begin("line");
    leakwatch_scope_detach(request);
    end(line, 0);
    end(body, 0);
    says(leakwatch_scope_attach(request), 0, "attach");
    end(request, 0);
}

static void *elsewhere(void *unused)
{
    says(leakwatch_scope_attach(body), 0, "attach");
    end(body, 0);
    return unused;
}

static void on_two_threads(void)
{
    pthread_t thread;
    take_off();
    must(-pthread_create(&thread, NULL, elsewhere, NULL), "pthread_create");
    must(-pthread_join(thread, NULL), "pthread_join");
    says(leakwatch_scope_attach(request), 0, "attach");
    end(request, 0);
}

int main(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        inner_one_first();
        inner_one_ended_meanwhile();
        with_what_is_inside();
        one_by_one();
        on_two_threads();
    }
    puts("done");
    return 0;
}
