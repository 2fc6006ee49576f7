/* One key for thread-specific data, to hear of the ends of threads.
 *
 * DESIGN. No other word of a thread's end comes late enough: cleanups around its start routine run before the destructors
 * of C++'s thread_local objects and of thread-specific data, and what those give back would be held against the thread.
 * Keys are the program's, and few: one is taken when a second thread begins its record, and given back when the program
 * asks for one and there is none left. */

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>

#include "process/process.h"
#include "real/real.h"
#include "system/system.h"
#include "wake.h"

#define KEYS_WITHOUT_MEMORY 32 /* pthread_setspecific allocates for keys beyond these */
#define NO_KEY UINT32_MAX

static LW_START_DATA uint32_t key_taken; /* the key + 1; 0: none was needed yet */
static LW_START_DATA uint32_t
    key_users; /* threads that are about to set their value, and may not have looked whether it is still ours */
static LW_START_DATA void (*last_word)(void);

/* The C library's other name for it. An allocator may make its key before anything has been looked up, and a look-up
 * there and then may call the allocator. */
extern __typeof__(pthread_key_create) __pthread_key_create __attribute__((weak));

int lw_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    if (__atomic_load_n(&lw_phase, __ATOMIC_ACQUIRE) < LW_PHASE_READY && __pthread_key_create)
        return __pthread_key_create(key, destructor);
    int error = LW_REAL(pthread_key_create)(key, destructor);
    return error < 0 ? EAGAIN : error; /* there is none, where the C library has threads in a library of their own */
}

/* Between a look at the key and its use, it must not become the program's. */
static bool set_value(uintptr_t round)
{
    __atomic_fetch_add(&key_users, 1, __ATOMIC_SEQ_CST);
    uint32_t taken = __atomic_load_n(&key_taken, __ATOMIC_SEQ_CST);
    bool good = taken && taken != NO_KEY && pthread_setspecific(taken - 1, (const void *)round) == 0;
    __atomic_fetch_sub(&key_users, 1, __ATOMIC_SEQ_CST);
    return good;
}

/* In the last of the rounds that the C library makes, others' destructors have given back what they had. */
static void thread_ends(void *value)
{
    uintptr_t round = (uintptr_t)value;
    if (round >= PTHREAD_DESTRUCTOR_ITERATIONS || !set_value(round + 1))
        last_word();
}

static void take(void)
{
    pthread_key_t key;
    uint32_t none = 0;
    bool made = lw_key_create(&key, thread_ends) == 0, good = made && key < KEYS_WITHOUT_MEMORY;
    uint32_t mine = good ? key + 1 : NO_KEY;
    bool first = __atomic_compare_exchange_n(&key_taken, &none, mine, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    if (made && (!first || !good))
        pthread_key_delete(key);
}

LW_START_CODE void lw_key_start(void (*last)(void))
{
    last_word = last;
}

bool lw_key_set(void)
{
    if (!__atomic_load_n(&key_taken, __ATOMIC_ACQUIRE) && last_word)
        take();
    return set_value(1);
}

bool lw_key_tells(void)
{
    uint32_t taken = __atomic_load_n(&key_taken, __ATOMIC_ACQUIRE);
    return taken && taken != NO_KEY;
}

/* A thread that ends just now has compared the generation of its value, and loads the destructor next: the program's must
 * not stand there yet. */
static void let_enders_pass(void)
{
    lw_system2(SYS_nanosleep, (long)&(struct timespec){.tv_nsec = 1000000}, 0);
}

bool lw_key_give_back(void)
{
    uint32_t taken = __atomic_load_n(&key_taken, __ATOMIC_SEQ_CST);
    if (!taken || taken == NO_KEY || lw_strict ||
        !__atomic_compare_exchange_n(&key_taken, &taken, NO_KEY, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        return false;
    for (int i = 0; i < 1000 && __atomic_load_n(&key_users, __ATOMIC_SEQ_CST); i++)
        lw_system0(SYS_sched_yield);
    if (__atomic_load_n(&key_users, __ATOMIC_SEQ_CST)) {
        __atomic_store_n(&key_taken, taken, __ATOMIC_SEQ_CST);
        return false;
    }
    bool given = pthread_key_delete(taken - 1) == 0;
    let_enders_pass();
    return given;
}
