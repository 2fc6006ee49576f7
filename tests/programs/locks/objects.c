/* Objects that are initialised and never destroyed, by kind and place. Those that are destroyed, that are static, or made
 * again where they lie, are none, nor are a child's that its parent has made.
 *
 * settings: objects=1
 * options: --full
 * expect: lock-leak count=3 findings=1 call=pthread_mutex_init type=mutex class=lock function=forgets_mutexes level=note
 * expect: lock-leak count=1 call=mtx_init type=mutex function=forgets_c11 level=note
 * expect: lock-leak count=1 call=cnd_init type=condition function=forgets_c11 level=note
 * expect: lock-leak count=1 call=pthread_rwlock_init type=rwlock function=forgets_others level=note
 * expect: lock-leak count=1 call=pthread_spin_init type=spinlock function=forgets_others level=note
 * expect: lock-leak count=1 call=pthread_cond_init type=condition function=forgets_others level=note
 * expect: lock-leak count=1 call=pthread_barrier_init type=barrier function=forgets_others level=note
 * expect: lock-leak count=1 call=sem_init type=semaphore function=forgets_others level=note
 * expect: lock-leak count=1 call=sem_open type=semaphore function=forgets_named detail=/leakwatch.objects.* level=note
 * expect: lock-leak count=1 findings=1 call=pthread_mutex_init function=makes_again level=note
 * expect-total: findings=10
 * expect-text: note: 3 mutexes never destroyed, initialised by pthread_mutex_init at *
 */
#include "program.h"

#include <semaphore.h>
#include <threads.h>

#include "locks.h"

enum { MADE = 8, FORGOTTEN = 3 };

static pthread_mutex_t mutexes[MADE], again;

/* One place, whatever a compiler makes of loops. */
__attribute__((noinline)) static void forgets_mutexes(volatile int i)
{
    must_be_zero(pthread_mutex_init(&mutexes[i], NULL), "pthread_mutex_init");
    if (i >= FORGOTTEN)
        must_be_zero(pthread_mutex_destroy(&mutexes[i]), "pthread_mutex_destroy");
}

static void forgets_c11(void)
{
    static mtx_t kept, mutex;
    static cnd_t forgotten, condition;
    if (mtx_init(&kept, mtx_plain) != thrd_success || mtx_init(&mutex, mtx_plain) != thrd_success ||
        cnd_init(&forgotten) != thrd_success || cnd_init(&condition) != thrd_success)
        exit(99);
    mtx_destroy(&mutex);
    cnd_destroy(&condition);
}

static void forgets_others(void)
{
    static pthread_rwlock_t rwlocks[2];
    static pthread_spinlock_t spinlocks[2];
    static pthread_cond_t conditions[2];
    static pthread_barrier_t barriers[2];
    static sem_t semaphores[2];
    for (volatile int i = 0; i < 2; i++) {
        must_be_zero(pthread_rwlock_init(&rwlocks[i], NULL), "pthread_rwlock_init");
        must_be_zero(pthread_spin_init(&spinlocks[i], PTHREAD_PROCESS_PRIVATE), "pthread_spin_init");
        must_be_zero(pthread_cond_init(&conditions[i], NULL), "pthread_cond_init");
        must_be_zero(pthread_barrier_init(&barriers[i], NULL, 1), "pthread_barrier_init");
        must(sem_init(&semaphores[i], 0, 1), "sem_init");
    }
    must_be_zero(pthread_rwlock_destroy(&rwlocks[1]), "pthread_rwlock_destroy");
    must_be_zero(pthread_spin_destroy(&spinlocks[1]), "pthread_spin_destroy");
    must_be_zero(pthread_cond_destroy(&conditions[1]), "pthread_cond_destroy");
    must_be_zero(pthread_barrier_destroy(&barriers[1]), "pthread_barrier_destroy");
    must(sem_destroy(&semaphores[1]), "sem_destroy");
}

static sem_t *opens(const char *what)
{
    char name[64];
    snprintf(name, sizeof name, "/leakwatch.objects.%s.%d", what, (int)getpid());
    sem_t *semaphore = sem_open(name, O_CREAT | O_EXCL, 0600, 1);
    if (semaphore == SEM_FAILED) {
        perror("sem_open");
        exit(77);
    }
    must(sem_unlink(name), "sem_unlink");
    return semaphore;
}

static void forgets_named(void)
{
    must(sem_close(opens("closed")), "sem_close");
    opens("left");
}

/* The memory was used again: one object. */
static void makes_again(void)
{
    for (volatile int i = 0; i < 4; i++)
        must_be_zero(pthread_mutex_init(&again, NULL), "pthread_mutex_init");
}

static void in_child(void)
{
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        must_be_zero(pthread_mutex_destroy(&mutexes[0]), "pthread_mutex_destroy");
        exit(0);
    }
    printf("the child: %d\n", end_of(child));
}

int main(void)
{
    pthread_mutex_t fixed = PTHREAD_MUTEX_INITIALIZER;
    setvbuf(stdout, NULL, _IONBF, 0);
    must_be_zero(pthread_mutex_lock(&fixed), "lock");
    must_be_zero(pthread_mutex_unlock(&fixed), "unlock");
    must_be_zero(pthread_mutex_destroy(&fixed), "pthread_mutex_destroy");
    for (volatile int i = 0; i < MADE; i++)
        forgets_mutexes(i);
    forgets_c11();
    forgets_others();
    forgets_named();
    makes_again();
    in_child();
    return 0;
}
