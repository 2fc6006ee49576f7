/* What glibc writes into its locks: who has them, and of what type they are. It is the oracle as to misuses, for no table
 * of ours can know of locks that were taken before we came. Offsets are part of glibc's binary interface; should they be
 * others, the check at the start switches the oracle off. Nothing is read but what the call at hand is about to read. */
#ifndef LW_WORDS_H
#define LW_WORDS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "process/process.h"

#pragma GCC visibility push(hidden)

extern bool lw_words_known;

/* Are they where they are expected? Looked at once. */
void lw_words_start(void);

enum { LW_MUTEX_TYPE = 3, LW_MUTEX_ROBUST = 16, LW_MUTEX_PI = 32, LW_MUTEX_SHARED = 128 };

/* The lock word of mutexes that are neither robust nor PI: 0 free, 1 held, 2 held and waited for. */
static inline uint32_t lw_mutex_word(const pthread_mutex_t *mutex)
{
    return (uint32_t)__atomic_load_n(&mutex->__data.__lock, __ATOMIC_RELAXED);
}
static inline uint32_t lw_mutex_owner(const pthread_mutex_t *mutex)
{
    return (uint32_t)__atomic_load_n(&mutex->__data.__owner, __ATOMIC_RELAXED);
}
static inline int lw_mutex_kind(const pthread_mutex_t *mutex)
{
    return __atomic_load_n(&mutex->__data.__kind, __ATOMIC_RELAXED);
}
static inline bool lw_mutex_is_recursive(const pthread_mutex_t *mutex)
{
    return (lw_mutex_kind(mutex) & LW_MUTEX_TYPE) == PTHREAD_MUTEX_RECURSIVE;
}

/* Its holder is told at once, and does not wait for itself. */
static inline bool lw_mutex_answers_holder(const pthread_mutex_t *mutex)
{
    return lw_mutex_is_recursive(mutex) || (lw_mutex_kind(mutex) & LW_MUTEX_TYPE) == PTHREAD_MUTEX_ERRORCHECK;
}
/* Or never initialised. */
static inline bool lw_mutex_is_destroyed(const pthread_mutex_t *mutex)
{
    return lw_mutex_kind(mutex) == -1;
}
/* May its thread have it more than once? */
static inline bool lw_lock_counts(const void *lock, uint32_t kind)
{
    return kind == LW_READ_LOCK || kind == LW_STREAM_LOCK || (kind == LW_MUTEX && lw_mutex_is_recursive(lock));
}

/* How often its thread has a recursive one; what others count is of no use. */
static inline uint32_t lw_mutex_count(const pthread_mutex_t *mutex)
{
    return lw_mutex_is_recursive(mutex) ? mutex->__data.__count : 1;
}

/* Readers in the upper bits; a writer has it, or may take it. */
enum { LW_RWLOCK_READERS = 3, LW_RWLOCK_WRITER = 2, LW_RWLOCK_AWAITED = 4 };
static inline uint32_t lw_rwlock_word(const pthread_rwlock_t *lock)
{
    return __atomic_load_n(&lock->__data.__readers, __ATOMIC_RELAXED);
}
static inline bool lw_rwlock_is_written(const pthread_rwlock_t *lock)
{
    return lw_rwlock_word(lock) & LW_RWLOCK_WRITER;
}
static inline bool lw_rwlock_is_free(const pthread_rwlock_t *lock)
{
    uint32_t word = lw_rwlock_word(lock);
    return !(word >> LW_RWLOCK_READERS) && !(word & LW_RWLOCK_WRITER);
}
static inline bool lw_rwlock_is_awaited(const pthread_rwlock_t *lock)
{
    return lw_rwlock_word(lock) & LW_RWLOCK_AWAITED || lock->__data.__writers > 0;
}

/* Does who wants to read wait behind a writer who waits until the others have read? Unlike other kinds of such locks, this
 * one lets nobody read once more for having it already. */
enum { LW_RWLOCK_WRITE_PHASE = 1 };
static inline bool lw_rwlock_lets_writers_pass(const pthread_rwlock_t *lock)
{
    uint32_t word = lw_rwlock_word(lock);
    return lock->__data.__flags == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP && word & LW_RWLOCK_WRITER &&
           !(word & LW_RWLOCK_WRITE_PHASE) && word >> LW_RWLOCK_READERS;
}

static inline uint32_t lw_rwlock_writer(const pthread_rwlock_t *lock)
{
    return (uint32_t)__atomic_load_n(&lock->__data.__cur_writer, __ATOMIC_RELAXED);
}

/* May other processes have it? */
bool lw_is_shared(const void *lock, uint32_t kind);
/* The kernel id of the thread that has such a lock; 0: it is no such lock, or a reader has it. */
uint32_t lw_shared_owner(const void *lock, uint32_t kind);
/* That of the thread that has a lock of this process alone, and is none of its threads: it stayed behind at fork. 0: no. */
uint32_t lw_lost_owner(const void *lock, uint32_t kind);

#if defined(__x86_64__)
enum { LW_SPINLOCK_FREE = 1 };
#else
enum { LW_SPINLOCK_FREE = 0 };
#endif
static inline bool lw_spinlock_is_held(const volatile void *lock)
{
    return *(const volatile int *)lock != LW_SPINLOCK_FREE;
}

/* How many wait for a condition, or at a barrier, and have not been told to go on: what may still wake up in there when
 * the object is destroyed, as it may, does not count. 0 also where this C library is not known to keep count as we think. */
uint32_t lw_condition_waiters(const pthread_cond_t *condition);
uint32_t lw_barrier_waiters(const pthread_barrier_t *barrier);

#pragma GCC visibility pop

#endif
