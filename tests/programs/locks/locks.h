/* What the programs of this folder share. What the C library itself has written into a lock tells that a thread waits for
 * it: nothing here depends on time. */
#ifndef LOCKS_H
#define LOCKS_H

#include <pthread.h>

static inline void must_be_zero(int result, const char *call)
{
    if (result != 0) {
        fprintf(stderr, "%s: %s\n", call, strerror(result));
        exit(99);
    }
}

static inline pthread_t start(void *(*routine)(void *), void *argument)
{
    pthread_t thread;
    must_be_zero(pthread_create(&thread, NULL, routine, argument), "pthread_create");
    return thread;
}

static inline void join(pthread_t thread)
{
    must_be_zero(pthread_join(thread, NULL), "pthread_join");
}

/* Somebody has it, and somebody else waits for it. */
static inline void until_awaited(const pthread_mutex_t *mutex)
{
    while (__atomic_load_n(&mutex->__data.__lock, __ATOMIC_ACQUIRE) != 2)
        usleep(1000);
}

/* Readers have it, and a writer waits for it. */
static inline void until_writer_waits(const pthread_rwlock_t *lock)
{
    while (!(__atomic_load_n(&lock->__data.__readers, __ATOMIC_ACQUIRE) & 2))
        usleep(1000);
}

/* A writer has it, and another one waits for it. */
static inline void until_second_writer_waits(const pthread_rwlock_t *lock)
{
    while (!(__atomic_load_n(&lock->__data.__writers_futex, __ATOMIC_ACQUIRE) & 2))
        usleep(1000);
}

static inline pthread_mutex_t mutex_by(const pthread_mutexattr_t *how)
{
    pthread_mutex_t mutex;
    must_be_zero(pthread_mutex_init(&mutex, how), "pthread_mutex_init");
    return mutex;
}

/* For memory that several processes have. */
static inline pthread_mutex_t shared_mutex(void)
{
    pthread_mutexattr_t how;
    must_be_zero(pthread_mutexattr_init(&how), "pthread_mutexattr_init");
    must_be_zero(pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED), "pthread_mutexattr_setpshared");
    return mutex_by(&how);
}

static inline pthread_mutex_t mutex_of_type(int type)
{
    pthread_mutexattr_t how;
    must_be_zero(pthread_mutexattr_init(&how), "pthread_mutexattr_init");
    must_be_zero(pthread_mutexattr_settype(&how, type), "pthread_mutexattr_settype");
    return mutex_by(&how);
}

/* A process that does this, and ends at once. */
static inline pid_t start_child(void (*work)(void))
{
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        work();
        _exit(0);
    }
    return child;
}

#endif
