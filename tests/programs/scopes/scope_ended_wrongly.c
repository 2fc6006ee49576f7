/* Scopes that are ended twice, by another thread, in the wrong order, though none is open, or never; and one that is
 * attached while it belongs to somebody else. Each is told of, and the scopes around them stay right.
 *
 * expect: unbalanced-scope count=3 scope=twice later=*again* level=warning
 * expect: unbalanced-scope count=1 scope="" later=*none?was?open*
 * expect: unbalanced-scope count=5 scope="" later=*leakwatch?does?not?know*
 * expect: unbalanced-scope count=6 scope=endless later=*exit?was?called*
 * expect: unbalanced-scope count=1 scope=guarded later=*thread?to?which?it?did?not?belong*
 * expect: scope-leak count=1 call=open line=elsewhere scope=guarded left=1
 * expect: unbalanced-scope count=5 scope="outer > inner" later=*around?it?ended*
 * expect: scope-leak count=5 call=open line=inner scope="outer > inner" ended=5 left=5
 * expect: scope-leak count=2 call=open line=outer scope=outer ended=5 left=2
 * expect: unbalanced-scope count=7 scope=forgotten later=*detached*
 * expect: unbalanced-scope count=1 scope="forgotten > within" later=*detached*
 * expect: fd-leak count=7 call=open line=forgotten scope=forgotten
 * expect: unbalanced-scope count=1 scope=owned later=*attached?while*
 * expect-scope: path=after entered=5 ended=5 left=0
 * expect-scope: path=owned entered=1 ended=1 left=0
 */
#include "scopes.h"

#include <pthread.h>

static void end_twice(void)
{
    for (int i = 0; i < 3; i++) {
        leakwatch_scope_t twice = leakwatch_scope_begin("twice");
        leakwatch_scope_end(twice);
        says((long)leakwatch_scope_end(twice), 0, "a second end");
    }
    leakwatch_scope_end(NULL);
}

/* Handles that are none, but look like one whose scope has ended. */
static void end_anything(void)
{
    leakwatch_scope_t known = leakwatch_scope_begin("known");
    leakwatch_scope_end(known);
    for (uintptr_t i = 0; i < 5 && leakwatch_active(); i++) {
        uintptr_t unknown = ((uintptr_t)known | (uintptr_t)0xfff << 20) - (i << 20);
        says((long)leakwatch_scope_end((leakwatch_scope_t)unknown), 0, "an end of nothing");
    }
}

/* However deep it gets, it is one mistake. */
static void begin_and_never_end(void)
{
    for (int i = 0; i < 6; i++)
        leakwatch_scope_begin("endless");
}

static void *end_it(void *scope)
{
    says((long)leakwatch_scope_end((leakwatch_scope_t)scope), 1, "an end by another thread");
    return NULL;
}

static void *attach_it(void *scope)
{
    says(leakwatch_scope_attach((leakwatch_scope_t)scope), -1, "an attach to what is another thread's");
    return NULL;
}

static void let_another_thread(void *(*act)(void *), leakwatch_scope_t scope)
{
    pthread_t thread;
    must(-pthread_create(&thread, NULL, act, scope), "pthread_create");
    must(-pthread_join(thread, NULL), "pthread_join");
}

static void end_elsewhere(void)
{
    leakwatch_scope_t guarded = leakwatch_scope_begin("guarded");
    open_work("guarded.txt"); /* leak:elsewhere */
    let_another_thread(end_it, guarded);
    leakwatch_scope_t owned = leakwatch_scope_begin("owned");
    let_another_thread(attach_it, owned);
    says((long)leakwatch_scope_end(owned), 0, "what is left by a scope that was fought over");
}

static void end_out_of_order(void)
{
    for (int i = 0; i < 5; i++) {
        leakwatch_scope_t outer = leakwatch_scope_begin("outer");
        int fd = open_work("outer.txt"); /* leak:outer */
        leakwatch_scope_begin("inner");
        open_work("inner.txt"); /* leak:inner */
        if (i % 2 == 0)
            must(close(fd), "close");
        says((long)leakwatch_scope_end(outer), i % 2, "what the outer scope leaves");
        LEAKWATCH_SCOPE("after") {
            must(close(open_null()), "close");
        }
    }
}

static void forget(void)
{
    for (int i = 0; i < 7; i++) {
        leakwatch_scope_begin("forgotten");
        open_work("forgotten.txt"); /* leak:forgotten */
        if (i == 3) {
            leakwatch_scope_t within = leakwatch_scope_begin("within");
            leakwatch_scope_detach(within);
        }
        leakwatch_scope_detach(NULL);
    }
}

int main(void)
{
    end_twice();
    end_elsewhere();
    end_out_of_order();
    forget();
    end_anything();
    begin_and_never_end();
    puts("ended");
    return 0;
}
