/* Scopes that end with what they began with: each gives its caller's lock back around slow work, and takes it again; nothing
 * is told of that. One lock that 10 of 100 leave, each time once more, counts each time; so does one that counts.
 *
 * expect: lock-held count=10 findings=1 call=pthread_rwlock_rdlock function=read_row line=read class=lock scope=read left=10 ended=100
 *         left_failed=10 only_when_failed=true
 * expect: lock-held count=10 findings=1 call=pthread_mutex_lock function=count_row line=counted class=lock scope=count left=10
 *         ended=100
 */
#include "program.h"

#include "leakwatch/leakwatch.h"
#include "locks.h"

enum { TURNS = 100 };

static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t callers = PTHREAD_MUTEX_INITIALIZER, counted = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

static void work_slowly(void)
{
    LEAKWATCH_SCOPE("slow") {
        must_be_zero(pthread_mutex_unlock(&callers), "unlock");
        usleep(100);
        must_be_zero(pthread_mutex_lock(&callers), "lock");
    }
}

static void read_row(int number)
{
    LEAKWATCH_SCOPE("read") {
        must_be_zero(pthread_rwlock_rdlock(&table), "rdlock"); /* leak:read */
        if (number % 10 == 3) {
            leakwatch_scope_fail(NULL, "no such row");
            return;
        }
        must_be_zero(pthread_rwlock_unlock(&table), "unlock");
    }
}

static void count_row(int number)
{
    LEAKWATCH_SCOPE("count") {
        must_be_zero(pthread_mutex_lock(&counted), "lock"); /* leak:counted */
        if (number % 10 != 3)
            must_be_zero(pthread_mutex_unlock(&counted), "unlock");
    }
}

int main(void)
{
    for (int i = 0; i < 20; i++) {
        must_be_zero(pthread_mutex_lock(&callers), "lock");
        work_slowly();
        must_be_zero(pthread_mutex_unlock(&callers), "unlock");
    }
    for (int i = 0; i < TURNS; i++)
        read_row(i);
    for (int i = 0; i < TURNS; i++)
        count_row(i);
    return 0;
}
