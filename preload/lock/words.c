/* Are glibc's words where they are expected? */
#include "words.h"

#include "ledger/ledger.h"
#include "real/real.h"
#include "stack/stack.h"
#include "wake/wake.h"

LW_HOT_DATA bool lw_words_known;

void lw_words_start(void)
{
    static bool were_looked_at;
    pthread_mutex_t mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
    uint32_t own = lw_thread_id(&lw_thread);
    if (were_looked_at || !own)
        return;
    bool known = lw_mutex_word(&mutex) == 0 && lw_mutex_is_recursive(&mutex);
    known &= LW_REAL(pthread_mutex_lock)(&mutex) == 0;
    known &= lw_mutex_word(&mutex) == 1 && lw_mutex_owner(&mutex) == own;
    known &= LW_REAL(pthread_mutex_unlock)(&mutex) == 0;
    lw_words_known = known && lw_mutex_word(&mutex) == 0 && lw_mutex_owner(&mutex) == 0;
    were_looked_at = true;
}

static bool is_rwlock(uint32_t kind)
{
    return kind == LW_READ_LOCK || kind == LW_WRITE_LOCK;
}

bool lw_is_shared(const void *lock, uint32_t kind)
{
    if (is_rwlock(kind))
        return ((const pthread_rwlock_t *)lock)->__data.__shared != 0;
    return kind == LW_FILE_LOCK || (kind == LW_MUTEX && lw_mutex_kind(lock) & LW_MUTEX_SHARED);
}

static uint32_t owner_of(const void *lock, uint32_t kind)
{
    const pthread_rwlock_t *rwlock = lock;
    if (is_rwlock(kind))
        return (uint32_t)__atomic_load_n(&rwlock->__data.__cur_writer, __ATOMIC_RELAXED);
    return kind == LW_MUTEX ? lw_mutex_owner(lock) : 0;
}

uint32_t lw_shared_owner(const void *lock, uint32_t kind)
{
    return kind != LW_FILE_LOCK && lw_is_shared(lock, kind) ? owner_of(lock, kind) : 0;
}

/* In children of fork alone: elsewhere such a thread can only have ended, and its board says what it held. */
uint32_t lw_lost_owner(const void *lock, uint32_t kind)
{
    uint32_t owner = lw_forks && !lw_strict && !lw_is_shared(lock, kind) ? owner_of(lock, kind) : 0;
    return owner && lw_thread_is_gone(owner) ? owner : 0;
}
