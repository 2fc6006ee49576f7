/* Are glibc's words where they are expected? */
#include "words.h"

#include <string.h>

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
    if (is_rwlock(kind))
        return lw_rwlock_writer(lock);
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

/* ---- Conditions, barriers ---- */

/* Of glibc 2.25 to 2.40. Who comes joins the newer one of two groups; signals go to the older one, and when all of that have
 * been told, the newer one takes its place. Those that gave up are taken off its size. */
struct condition {
    uint64_t next, first; /* their numbers, times two: who comes next; the first of the older group */
    uint32_t references[2];
    uint32_t size[2]; /* of the older group: not told yet */
    uint32_t length;  /* of the older group when it was closed, times four */
    uint32_t inside;  /* times eight */
};

/* Of glibc 2.25 and later: who has come, and who of these has been told to go on. */
struct barrier {
    uint32_t come, told, count;
};

static bool is_of(uint32_t first, uint32_t last)
{
    uint32_t minor = lw_libc_minor();
    return minor >= first && minor <= last;
}

uint32_t lw_condition_waiters(const pthread_cond_t *condition)
{
    struct condition words;
    _Static_assert(sizeof words <= sizeof(pthread_cond_t), "these are the first words of it");
    memcpy(&words, condition, sizeof words);
    uint32_t newer = (uint32_t)words.next & 1;
    uint32_t in_newer = (uint32_t)((words.next >> 1) - (words.first >> 1)) - words.length / 4 + words.size[newer];
    uint32_t waiters = in_newer + words.size[!newer];
    return is_of(25, 40) && waiters <= words.inside / 8 ? waiters : 0;
}

uint32_t lw_barrier_waiters(const pthread_barrier_t *barrier)
{
    struct barrier words;
    _Static_assert(sizeof words <= sizeof(pthread_barrier_t), "these are the first words of it");
    memcpy(&words, barrier, sizeof words);
    uint32_t waiters = words.come - words.told;
    return is_of(25, 99) && waiters < words.count ? waiters : 0;
}
