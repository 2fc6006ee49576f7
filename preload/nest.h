/* Around a real call that may come back into hooks (through malloc, cookies, callbacks): those record nothing.
 *
 *     LW_NEST(&call, stream = LW_REAL(fopen)(path, mode));
 *
 * A cancellation inside the real call unwinds through here, so the mark is taken back by a cleanup handler; a longjmp
 * leaves it stale, which lw_frame_lives notices and lw_nest_forget (from the longjmp hooks) mends. */
#ifndef LW_NEST_H
#define LW_NEST_H

#include <pthread.h>

#include "account.h"
#include "thread.h"

static inline void lw_nest_end(void *unused)
{
    (void)unused;
    lw_thread.nested = NULL;
}

#define LW_NEST(call, ...)                                                                                             \
    do {                                                                                                               \
        lw_thread.nested = (call)->frame;                                                                              \
        pthread_cleanup_push(lw_nest_end, NULL);                                                                       \
        __VA_ARGS__;                                                                                                   \
        pthread_cleanup_pop(1);                                                                                        \
    } while (0)

#endif
