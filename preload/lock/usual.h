/* The usual way of a hook: what it needs stands together in the page that fork wipes, so that one look tells whether the
 * hook may go that way at all. It may where there is a ledger which is this process's, no module has gone since the
 * thread learnt its places, the processor's clock may be read, and no call is to be made to fail. Who goes it touches two pages besides, the thread's board
 * and its places. */
#ifndef LW_USUAL_H
#define LW_USUAL_H

#include <stdint.h>

#include "process/process.h"
#include "real/real.h"
#include "stack/stack.h"

#define LW_USUAL_FIRST LW_HOOK_pthread_mutex_lock
#define LW_USUAL_LAST LW_HOOK__IO_funlockfile
_Static_assert(LW_USUAL_LAST - LW_USUAL_FIRST < LW_USUAL_CALLS, "there is room for all hooks of locks");

/* Its real function, to be called on the usual way only. */
#define LW_USUAL_REAL(symbol)                                                                                          \
    ((__typeof__(symbol) *)lw_wiped.real[(LW_HOOK_##symbol - LW_USUAL_FIRST) % LW_USUAL_CALLS])

/* What the running thread is known by: its memory lies at a fixed distance. */
static inline int64_t lw_thread_pointer(void)
{
#if defined(__x86_64__)
    int64_t pointer = 0;
    __asm__("mov %%fs:0, %0" : "=r"(pointer));
    return pointer;
#else
    return (int64_t)__builtin_thread_pointer();
#endif
}

/* The running thread, if it may go that way; else NULL. */
static inline __attribute__((always_inline)) struct lw_thread *lw_usual_thread(void)
{
    uint32_t turn = __atomic_load_n(&lw_wiped.turn, __ATOMIC_ACQUIRE);
    if (__builtin_expect(turn == 0, 0))
        return NULL;
    struct lw_thread *thread = (struct lw_thread *)(lw_thread_pointer() + lw_wiped.thread);
    return __builtin_expect(thread->place_turn == turn, 1) ? thread : NULL;
}

#endif
