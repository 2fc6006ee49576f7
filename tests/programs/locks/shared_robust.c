/* Mutexes that processes share, whose owner has died: a robust one says so, whoever asks next; of a plain one nobody hears
 * any more. The owner is in no ledger of this process.
 *
 * expect: lock-misuse count=2 findings=1 said="got, and its owner had died" released=inherits error=EOWNERDEAD level=note
 * allow: swallowed-error level=note
 */
#include "program.h"

#include <sys/mman.h>
#include <time.h>

#include "locks.h"

static pthread_mutex_t *shared(int robust)
{
    pthread_mutex_t *mutex = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t how;
    if (mutex == MAP_FAILED)
        exit(99);
    must_be_zero(pthread_mutexattr_init(&how), "pthread_mutexattr_init");
    must_be_zero(pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED), "pthread_mutexattr_setpshared");
    must_be_zero(pthread_mutexattr_setrobust(&how, robust), "pthread_mutexattr_setrobust");
    must_be_zero(pthread_mutex_init(mutex, &how), "pthread_mutex_init");
    pid_t child = must(fork(), "fork");
    if (child == 0)
        _exit(pthread_mutex_lock(mutex));
    printf("the owner: %d\n", end_of(child));
    return mutex;
}

__attribute__((noinline)) static int inherits(pthread_mutex_t *mutex)
{
    int result = pthread_mutex_lock(mutex);
    printf("lock what its owner left: %s\n", strerror(result));
    return result;
}

int main(void)
{
    const struct timespec past = {1, 0};
    setvbuf(stdout, NULL, _IONBF, 0);
    pthread_mutex_t *mended = shared(PTHREAD_MUTEX_ROBUST), *lost = shared(PTHREAD_MUTEX_ROBUST);
    for (volatile int i = 0; i < 2; i++)
        inherits(i ? lost : mended);
    must_be_zero(pthread_mutex_consistent(mended), "pthread_mutex_consistent");
    must_be_zero(pthread_mutex_unlock(mended), "unlock");
    must_be_zero(pthread_mutex_lock(mended), "lock");
    must_be_zero(pthread_mutex_unlock(mended), "unlock");
    must_be_zero(pthread_mutex_unlock(lost), "unlock");
    printf("lock what was not made consistent: %s\n", strerror(pthread_mutex_lock(lost)));
    printf("lock a plain one: %s\n", strerror(pthread_mutex_timedlock(shared(PTHREAD_MUTEX_STALLED), &past)));
    return 0;
}
