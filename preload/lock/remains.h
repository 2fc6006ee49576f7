/* What is to be said of locks when the process ends. */
#ifndef LW_LOCK_REMAINS_H
#define LW_LOCK_REMAINS_H

#include <stdint.h>

#pragma GCC visibility push(hidden)

struct lw_lock_remains {
    uint32_t mutexes, others; /* held by threads that have ended */
    uint32_t misused;         /* places that misuse locks */
};
/* To be called once boards are settled. */
struct lw_lock_remains lw_lock_remains(void);

#pragma GCC visibility pop

#endif
