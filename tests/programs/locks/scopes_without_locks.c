/* Scopes that end, and locks that are not theirs: taken before, handed over, held on purpose, by another thread than the
 * one that ends the scope, waited for with a condition in between. Nothing is to be said, but of the lock that was handed
 * from an inner scope to the outer one, which forgets it.
 *
 * expect: lock-held count=1 findings=1 function=inner line=handed level=error scope=outer left=1 ended=2
 */
#include <stdbool.h>

#include "program.h"

#include "leakwatch/leakwatch.h"
#include "locks.h"

enum { KEPT, PURPOSE, HANDED, DETACHED, CONDITION, RECURSIVE, LOCKS };
static pthread_mutex_t lock[LOCKS];
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static bool is_there;

static void take(int number)
{
    must_be_zero(pthread_mutex_lock(&lock[number]), "lock");
}
static void give(int number)
{
    must_be_zero(pthread_mutex_unlock(&lock[number]), "unlock");
}

static void inner(bool hands)
{
    LEAKWATCH_SCOPE("inner") {
        must_be_zero(pthread_mutex_lock(&lock[HANDED]), "lock"); /* leak:handed */
        must_be_zero(leakwatch_hand_over(LEAKWATCH_LOCK(&lock[HANDED]), LEAKWATCH_OUTER), "hand over");
    }
    if (!hands)
        give(HANDED);
}

static void *signals(void *unused)
{
    take(CONDITION);
    is_there = true;
    must_be_zero(pthread_cond_signal(&condition), "signal");
    give(CONDITION);
    return unused;
}

static void waits(void)
{
    LEAKWATCH_SCOPE("waits") {
        take(CONDITION);
        pthread_t thread = start(signals, NULL);
        while (!is_there)
            must_be_zero(pthread_cond_wait(&condition, &lock[CONDITION]), "wait");
        give(CONDITION);
        join(thread);
    }
}

static void *ends(void *scope)
{
    leakwatch_scope_attach(scope);
    take(KEPT);
    give(KEPT);
    leakwatch_scope_end(scope);
    return NULL;
}

int main(void)
{
    for (int i = 0; i < LOCKS; i++)
        lock[i] = mutex_of_type(i == RECURSIVE ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL);
    take(RECURSIVE);
    LEAKWATCH_SCOPE("outer") {
        take(RECURSIVE);
        inner(false);
    }
    give(RECURSIVE);
    give(RECURSIVE);
    LEAKWATCH_SCOPE("kept") {
        take(KEPT);
        must_be_zero(leakwatch_hand_over(LEAKWATCH_LOCK(&lock[KEPT]), LEAKWATCH_PROCESS), "hand over");
        take(PURPOSE);
        must_be_zero(leakwatch_expect_held(LEAKWATCH_LOCK(&lock[PURPOSE]), "for life"), "expect");
    }
    give(KEPT);
    waits();
    leakwatch_scope_t scope = leakwatch_scope_begin("moves");
    take(DETACHED);
    leakwatch_scope_detach(scope);
    join(start(ends, scope));
    give(DETACHED);
    LEAKWATCH_SCOPE("outer") {
        inner(true);
    }
    return 0;
}
