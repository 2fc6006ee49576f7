/* Are glibc's words where they are expected? */
#include "words.h"

#include "ledger/ledger.h"
#include "real/real.h"
#include "stack/stack.h"

LW_HOT_DATA bool lw_words_known;

void lw_words_start(void)
{
    pthread_mutex_t mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
    uint32_t own = lw_thread_id(&lw_thread);
    bool known = lw_mutex_word(&mutex) == 0 && lw_mutex_is_recursive(&mutex);
    known &= LW_REAL(pthread_mutex_lock)(&mutex) == 0;
    known &= lw_mutex_word(&mutex) == 1 && lw_mutex_owner(&mutex) == own;
    known &= LW_REAL(pthread_mutex_unlock)(&mutex) == 0;
    lw_words_known = known && lw_mutex_word(&mutex) == 0 && lw_mutex_owner(&mutex) == 0;
}
