/* Of 100 requests 7 fail, and forget to unlock what they had locked; 1 of 5 jobs unlocks after its end. A request locks
 * within a lock that is held around all of them, of which nothing is to be said. 2 of 9 set-ups
 * end with a descriptor and a lock, because a file is not there.
 *
 * expect: lock-held count=7 findings=1 call=pthread_mutex_lock function=handle line=taken class=lock type=mutex
 *         level=error scope=request left=7 ended=100 left_failed=7 only_when_failed=true threads=2 ways=asks
 * expect: lock-held count=1 findings=1 call=pthread_rwlock_rdlock function=work line=read class=lock level=warning scope=job
 *         left=1 ended=5 late=1
 * expect: scope-leak count=4 findings=1 call=open function=set_up line=opened level=error scope=set-up left=2 ended=9
 *         left_failed=0 parts=1 attempt=open errno=ENOENT
 * expect-text: error: only when request failed (7 of 100): 7 mutexes never released, taken by pthread_mutex_lock at *
 * expect-text: warning: in 1 of 5 job: 1 read lock released late, taken by pthread_rwlock_rdlock at *
 * expect-text:   together with 2 mutexes, taken by pthread_mutex_lock at *
 */
#include "program.h"

#include <fcntl.h>

#include "leakwatch/leakwatch.h"
#include "locks.h"

enum { REQUESTS = 100, JOBS = 5, SET_UPS = 9 };

static pthread_mutex_t around = PTHREAD_MUTEX_INITIALIZER, tables[REQUESTS], states[SET_UPS];
static pthread_rwlock_t config = PTHREAD_RWLOCK_INITIALIZER;

static void handle(int number)
{
    LEAKWATCH_SCOPE("request") {
        must_be_zero(pthread_mutex_lock(&tables[number]), "lock"); /* leak:taken */
        if (number % 15 == 3) {
            leakwatch_scope_fail(NULL, "no such row");
            return;
        }
        must_be_zero(pthread_mutex_unlock(&tables[number]), "unlock");
    }
}

static void work(int number)
{
    LEAKWATCH_SCOPE("job") {
        must_be_zero(pthread_rwlock_rdlock(&config), "rdlock"); /* leak:read */
        if (number != 3)
            must_be_zero(pthread_rwlock_unlock(&config), "unlock");
    }
    if (number == 3)
        must_be_zero(pthread_rwlock_unlock(&config), "unlock");
}

static void set_up(int number)
{
    LEAKWATCH_SCOPE("set-up") {
        int directory = open("/", O_RDONLY | O_CLOEXEC); /* leak:opened */
        must_be_zero(pthread_mutex_lock(&states[number]), "lock");
        int state = open(number % 4 == 1 && number < 8 ? "/nowhere/to/be/found" : "/", O_RDONLY | O_CLOEXEC);
        if (state < 0)
            return;
        close(state);
        must_be_zero(pthread_mutex_unlock(&states[number]), "unlock");
        close(directory);
    }
}

/* And waits for ever. */
static void *asks(void *mutex)
{
    must_be_zero(pthread_mutex_lock(mutex), "lock");
    return NULL;
}

int main(void)
{
    must_be_zero(pthread_mutex_lock(&around), "lock");
    for (int i = 0; i < REQUESTS; i++) {
        must_be_zero(pthread_mutex_init(&tables[i], NULL), "pthread_mutex_init");
        handle(i);
    }
    must_be_zero(pthread_mutex_unlock(&around), "unlock");
    for (int i = 0; i < JOBS; i++)
        work(i);
    for (int i = 0; i < SET_UPS; i++) {
        must_be_zero(pthread_mutex_init(&states[i], NULL), "pthread_mutex_init");
        set_up(i);
    }
    start(asks, &tables[18]);
    until_awaited(&tables[18]);
    return 0;
}
