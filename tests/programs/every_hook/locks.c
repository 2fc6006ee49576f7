/* The deeds of every_hook that take locks, give them back, or wait. A thread's board says which site it took a lock at; of
 * the others nothing is to be seen where nothing is wrong, so they are called wrongly where that does no harm. */
#include <pthread.h>
#include <semaphore.h>
#include <threads.h>

#include "every_hook.h"

static const char *const sites[HOOKS] = {
#define LW_HOOK(symbol, x86_64, aarch64, kind, role) [HOOK_##symbol] = "site.* call=\"" #symbol "\" ",
#include "../../../preload/hooks.def"
#undef LW_HOOK
};
static const char *const misuses[HOOKS] = {
#define LW_HOOK(symbol, x86_64, aarch64, kind, role) [HOOK_##symbol] = "misuse.* call=\"" #symbol "\" ",
#include "../../../preload/hooks.def"
#undef LW_HOOK
};

static const struct timespec long_ago = {0, 0};

static void join(pthread_t thread);

static void must_be(int result, int wanted)
{
    if (result != wanted)
        printf("%s came to %d, not %d\n", sites[now], result, wanted);
}

/* ---- Mutexes ---- */

static void mutex_taken(void *function)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    must_be(TYPED(function, int, pthread_mutex_t *, const struct timespec *)(&mutex, &long_ago), 0);
    pthread_mutex_unlock(&mutex);
    shows(sites[now]);
}

static void mutex_taken_by_clock(void *function)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    must_be(TYPED(function, int, pthread_mutex_t *, int, const struct timespec *)(&mutex, CLOCK_MONOTONIC, &long_ago),
            0);
    pthread_mutex_unlock(&mutex);
    shows(sites[now]);
}

/* Nobody holds it. */
static void mutex_given(void *function)
{
    pthread_mutex_t mutex;
    pthread_mutexattr_t checks;
    pthread_mutexattr_init(&checks);
    pthread_mutexattr_settype(&checks, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&mutex, &checks);
    must_be(TYPED(function, int, pthread_mutex_t *)(&mutex), now == HOOK_mtx_unlock ? thrd_error : EPERM);
    pthread_mutex_destroy(&mutex);
    shows(misuses[now]);
}

/* It is held. */
static void mutex_destroyed(void *function)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    TYPED(function, void, pthread_mutex_t *)(&mutex);
    pthread_mutex_unlock(&mutex);
    shows(misuses[now]);
}

static void mutex_initialised(void *function)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    must_be(TYPED(function, int, pthread_mutex_t *, void *)(&mutex, NULL), 0);
    shows(misuses[now]);
}

/* ---- Locks for reading and writing ---- */

static void rwlock_taken(void *function)
{
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    must_be(TYPED(function, int, pthread_rwlock_t *, const struct timespec *)(&lock, &long_ago), 0);
    pthread_rwlock_unlock(&lock);
    shows(sites[now]);
}

static void rwlock_taken_by_clock(void *function)
{
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    must_be(TYPED(function, int, pthread_rwlock_t *, int, const struct timespec *)(&lock, CLOCK_MONOTONIC, &long_ago),
            0);
    pthread_rwlock_unlock(&lock);
    shows(sites[now]);
}

static void rwlock_given(void *function)
{
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    TYPED(function, int, pthread_rwlock_t *)(&lock);
    shows(misuses[now]);
}

static void rwlock_destroyed(void *function)
{
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    pthread_rwlock_rdlock(&lock);
    TYPED(function, int, pthread_rwlock_t *)(&lock);
    shows(misuses[now]);
}

static void rwlock_initialised(void *function)
{
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    pthread_rwlock_wrlock(&lock);
    must_be(TYPED(function, int, pthread_rwlock_t *, void *)(&lock, NULL), 0);
    shows(misuses[now]);
}

/* ---- Spin locks, streams ---- */

static void spinlock_taken(void *function)
{
    pthread_spinlock_t lock;
    pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
    must_be(TYPED(function, int, pthread_spinlock_t *)(&lock), 0);
    pthread_spin_unlock(&lock);
    shows(sites[now]);
}

/* What is given back is not destroyed while held. */
static void spinlock_given(void *function)
{
    pthread_spinlock_t lock;
    pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_lock(&lock);
    must_be(TYPED(function, int, pthread_spinlock_t *)(&lock), 0);
    pthread_spin_destroy(&lock);
    shows("board.* depth=0 ");
}

static void spinlock_destroyed(void *function)
{
    pthread_spinlock_t lock;
    pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_lock(&lock);
    must_be(TYPED(function, int, pthread_spinlock_t *)(&lock), 0);
    shows(misuses[now]);
}

static void spinlock_initialised(void *function)
{
    pthread_spinlock_t lock;
    pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_lock(&lock);
    must_be(TYPED(function, int, pthread_spinlock_t *, int)(&lock, PTHREAD_PROCESS_PRIVATE), 0);
    shows(misuses[now]);
}

static void stream_taken(void *function)
{
    TYPED(function, void, FILE *)(stdout);
    funlockfile(stdout);
    shows(sites[now]);
}

static void stream_given(void *function)
{
    flockfile(stdout);
    TYPED(function, void, FILE *)(stdout);
    shows("board.* depth=0 ");
}

/* ---- Waits ---- */

/* All time is over. */
static void waited_until(void *function)
{
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    int result = TYPED(function, int, void *, void *, const struct timespec *)(&condition, &mutex, &long_ago);
    must_be(result, now == HOOK_cnd_timedwait ? thrd_timedout : ETIMEDOUT);
    pthread_mutex_unlock(&mutex);
    shows(sites[now]);
}

static void waited_by_clock(void *function)
{
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    must_be(TYPED(function, int, void *, void *, int, const struct timespec *)(&condition, &mutex, CLOCK_MONOTONIC,
                                                                               &long_ago),
            ETIMEDOUT);
    pthread_mutex_unlock(&mutex);
    shows(sites[now]);
}

static pthread_cond_t knocked = PTHREAD_COND_INITIALIZER;
static pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;
static bool is_open;

static void *knock(void *unused)
{
    pthread_mutex_lock(&door);
    is_open = true;
    pthread_cond_signal(&knocked);
    pthread_mutex_unlock(&door);
    return unused;
}

static void waited(void *function)
{
    pthread_t other;
    is_open = false;
    pthread_mutex_lock(&door);
    must_be(pthread_create(&other, NULL, knock, NULL), 0);
    also_acquired(HOOK_pthread_create, 1);
    while (!is_open)
        must_be(TYPED(function, int, void *, void *)(&knocked, &door), 0);
    pthread_mutex_unlock(&door);
    join(other);
    shows(sites[now]);
}

static void condition_made(void *function)
{
    pthread_cond_t condition;
    must_be(TYPED(function, int, pthread_cond_t *, void *)(&condition, NULL), 0);
    must_be(pthread_cond_destroy(&condition), 0);
}

static void condition_used(void *function)
{
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    must_be(TYPED(function, int, pthread_cond_t *)(&condition), 0);
}

static void semaphore_waited(void *function)
{
    sem_t semaphore;
    sem_init(&semaphore, 0, 1);
    must_be(TYPED(function, int, sem_t *, const struct timespec *)(&semaphore, &long_ago), 0);
    sem_destroy(&semaphore);
    shows(sites[now]);
}

static void semaphore_waited_by_clock(void *function)
{
    sem_t semaphore;
    sem_init(&semaphore, 0, 1);
    must_be(TYPED(function, int, sem_t *, int, const struct timespec *)(&semaphore, CLOCK_MONOTONIC, &long_ago), 0);
    sem_destroy(&semaphore);
    shows(sites[now]);
}

static void semaphore_made(void *function)
{
    sem_t semaphore;
    must_be(TYPED(function, int, sem_t *, int, unsigned)(&semaphore, 0, 1), 0);
    sem_destroy(&semaphore);
}

static void semaphore_called(void *function)
{
    sem_t semaphore;
    sem_init(&semaphore, 0, 1);
    must_be(TYPED(function, int, sem_t *)(&semaphore), 0);
}

static void semaphore_opened(void *function)
{
    char name[64];
    snprintf(name, sizeof name, "/leakwatch.every_hook.%d", (int)getpid());
    sem_t *semaphore = TYPED(function, sem_t *, const char *, int, mode_t, unsigned)(name, O_CREAT, 0600, 1);
    must_be(semaphore == SEM_FAILED, 0);
    sem_unlink(name);
    sem_close(semaphore);
}

static void semaphore_closed(void *function)
{
    char name[64];
    snprintf(name, sizeof name, "/leakwatch.every_hook.%d", (int)getpid());
    sem_t *semaphore = sem_open(name, O_CREAT, 0600, 1);
    sem_unlink(name);
    must_be(TYPED(function, int, sem_t *)(semaphore), 0);
}

static void barrier_made(void *function)
{
    pthread_barrier_t barrier;
    must_be(TYPED(function, int, pthread_barrier_t *, void *, unsigned)(&barrier, NULL, 1), 0);
    pthread_barrier_destroy(&barrier);
}

static void barrier_destroyed(void *function)
{
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, 1);
    must_be(TYPED(function, int, pthread_barrier_t *)(&barrier), 0);
}

static void c11_condition_made(void *function)
{
    cnd_t condition;
    must_be(TYPED(function, int, cnd_t *)(&condition), thrd_success);
    cnd_destroy(&condition);
}

static void c11_condition_destroyed(void *function)
{
    cnd_t condition;
    must_be(cnd_init(&condition), thrd_success);
    TYPED(function, void, cnd_t *)(&condition);
}

static void barrier_waited(void *function)
{
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, 1);
    must_be(TYPED(function, int, pthread_barrier_t *)(&barrier), PTHREAD_BARRIER_SERIAL_THREAD);
    pthread_barrier_destroy(&barrier);
    shows(sites[now]);
}

/* ---- Threads ---- */

static void *nothing(void *unused)
{
    return unused;
}

static pthread_t some_thread(void)
{
    pthread_t thread;
    must_be(pthread_create(&thread, NULL, nothing, NULL), 0);
    also_acquired(HOOK_pthread_create, 1);
    return thread;
}

static void join(pthread_t thread)
{
    must_be(pthread_join(thread, NULL), 0);
    also_released(HOOK_pthread_join, 1);
}

static void thread_started(void *function)
{
    pthread_t thread;
    must_be(TYPED(function, int, pthread_t *, void *, void *(*)(void *), void *)(&thread, NULL, nothing, NULL), 0);
    took(0);
    join(thread);
}

static int nothing_at_all(void *unused)
{
    (void)unused;
    return 0;
}

static void c11_thread_started(void *function)
{
    thrd_t thread;
    must_be(TYPED(function, int, thrd_t *, thrd_start_t, void *)(&thread, nothing_at_all, NULL), 0);
    took(0);
    join(thread);
}

static void thread_joined(void *function)
{
    struct timespec later;
    clock_gettime(CLOCK_REALTIME, &later);
    later.tv_sec += 600;
    must_be(TYPED(function, int, pthread_t, void *, struct timespec *)(some_thread(), NULL, &later), 0);
    released(1);
}

static void thread_joined_by_clock(void *function)
{
    struct timespec later;
    clock_gettime(CLOCK_MONOTONIC, &later);
    later.tv_sec += 600;
    int result =
        TYPED(function, int, pthread_t, void *, int, struct timespec *)(some_thread(), NULL, CLOCK_MONOTONIC, &later);
    must_be(result, 0);
    released(1);
}

static void thread_joined_at_last(void *function)
{
    pthread_t thread = some_thread();
    while (TYPED(function, int, pthread_t, void *)(thread, NULL) == EBUSY)
        sched_yield();
    released(1);
}

static void thread_let_go(void *function)
{
    must_be(TYPED(function, int, pthread_t)(some_thread()), 0);
    released(1);
}

static void thread_named(void *function)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    must_be(TYPED(function, int, pthread_t, const char *)(pthread_self(), "does it all"), 0);
    shows("board.* name=\"does it all\"");
}

deed *const lock_deeds[HOOKS] = {
    [HOOK_pthread_create] = thread_started,
    [HOOK_thrd_create] = c11_thread_started,
    [HOOK_pthread_join] = thread_joined,
    [HOOK_pthread_tryjoin_np] = thread_joined_at_last,
    [HOOK_pthread_timedjoin_np] = thread_joined,
    [HOOK_pthread_clockjoin_np] = thread_joined_by_clock,
    [HOOK_thrd_join] = thread_joined,
    [HOOK_pthread_detach] = thread_let_go,
    [HOOK_thrd_detach] = thread_let_go,
    [HOOK_pthread_setname_np] = thread_named,
    [HOOK_pthread_mutex_lock] = mutex_taken,
    [HOOK___pthread_mutex_lock] = mutex_taken,
    [HOOK_pthread_mutex_trylock] = mutex_taken,
    [HOOK___pthread_mutex_trylock] = mutex_taken,
    [HOOK_pthread_mutex_timedlock] = mutex_taken,
    [HOOK_pthread_mutex_clocklock] = mutex_taken_by_clock,
    [HOOK_pthread_mutex_unlock] = mutex_given,
    [HOOK___pthread_mutex_unlock] = mutex_given,
    [HOOK_mtx_lock] = mutex_taken,
    [HOOK_mtx_trylock] = mutex_taken,
    [HOOK_mtx_timedlock] = mutex_taken,
    [HOOK_mtx_unlock] = mutex_given,
    [HOOK_pthread_mutex_init] = mutex_initialised,
    [HOOK___pthread_mutex_init] = mutex_initialised,
    [HOOK_mtx_init] = mutex_initialised,
    [HOOK_pthread_mutex_destroy] = mutex_destroyed,
    [HOOK___pthread_mutex_destroy] = mutex_destroyed,
    [HOOK_mtx_destroy] = mutex_destroyed,
    [HOOK_pthread_rwlock_rdlock] = rwlock_taken,
    [HOOK___pthread_rwlock_rdlock] = rwlock_taken,
    [HOOK_pthread_rwlock_tryrdlock] = rwlock_taken,
    [HOOK___pthread_rwlock_tryrdlock] = rwlock_taken,
    [HOOK_pthread_rwlock_timedrdlock] = rwlock_taken,
    [HOOK_pthread_rwlock_clockrdlock] = rwlock_taken_by_clock,
    [HOOK_pthread_rwlock_wrlock] = rwlock_taken,
    [HOOK___pthread_rwlock_wrlock] = rwlock_taken,
    [HOOK_pthread_rwlock_trywrlock] = rwlock_taken,
    [HOOK___pthread_rwlock_trywrlock] = rwlock_taken,
    [HOOK_pthread_rwlock_timedwrlock] = rwlock_taken,
    [HOOK_pthread_rwlock_clockwrlock] = rwlock_taken_by_clock,
    [HOOK_pthread_rwlock_unlock] = rwlock_given,
    [HOOK___pthread_rwlock_unlock] = rwlock_given,
    [HOOK_pthread_rwlock_init] = rwlock_initialised,
    [HOOK___pthread_rwlock_init] = rwlock_initialised,
    [HOOK_pthread_rwlock_destroy] = rwlock_destroyed,
    [HOOK___pthread_rwlock_destroy] = rwlock_destroyed,
    [HOOK_pthread_spin_lock] = spinlock_taken,
    [HOOK_pthread_spin_trylock] = spinlock_taken,
    [HOOK_pthread_spin_unlock] = spinlock_given,
    [HOOK_pthread_spin_init] = spinlock_initialised,
    [HOOK_pthread_spin_destroy] = spinlock_destroyed,
    [HOOK_flockfile] = stream_taken,
    [HOOK__IO_flockfile] = stream_taken,
    [HOOK_ftrylockfile] = stream_taken,
    [HOOK__IO_ftrylockfile] = stream_taken,
    [HOOK_funlockfile] = stream_given,
    [HOOK__IO_funlockfile] = stream_given,
    [HOOK_pthread_cond_wait] = waited,
    [HOOK_pthread_cond_timedwait] = waited_until,
    [HOOK_pthread_cond_clockwait] = waited_by_clock,
    [HOOK_pthread_cond_init] = condition_made,
    [HOOK_pthread_cond_destroy] = condition_used,
    [HOOK_pthread_cond_signal] = condition_used,
    [HOOK_pthread_cond_broadcast] = condition_used,
    [HOOK_cnd_wait] = waited,
    [HOOK_cnd_timedwait] = waited_until,
    [HOOK_sem_wait] = semaphore_waited,
    [HOOK_sem_timedwait] = semaphore_waited,
    [HOOK_sem_clockwait] = semaphore_waited_by_clock,
    [HOOK_cnd_init] = c11_condition_made,
    [HOOK_cnd_destroy] = c11_condition_destroyed,
    [HOOK_sem_trywait] = semaphore_called,
    [HOOK_sem_post] = semaphore_called,
    [HOOK_sem_init] = semaphore_made,
    [HOOK_sem_destroy] = semaphore_called,
    [HOOK_sem_open] = semaphore_opened,
    [HOOK_sem_close] = semaphore_closed,
    [HOOK_pthread_barrier_wait] = barrier_waited,
    [HOOK_pthread_barrier_init] = barrier_made,
    [HOOK_pthread_barrier_destroy] = barrier_destroyed,
};
