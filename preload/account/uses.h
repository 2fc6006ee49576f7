/* Calls on what has been closed: they fail with EBADF, and tell on whoever kept the number. */
#ifndef LW_USES_H
#define LW_USES_H

#include <sys/select.h>

#include "call.h"

#pragma GCC visibility push(hidden)

/* A call on this descriptor has failed: with EBADF, and is it known to have been closed? Asks first whether the call is to
 * be recorded. flags: enum lw_misuse_flag. */
void lw_use_failed(uint32_t hook, const void *frame, int fd, uint32_t flags);
/* The same of a call that has been entered (lw_enter). */
void lw_use_failed_here(struct lw_call *call, int fd);
void lw_select_failed(uint32_t hook, const void *frame, int count, const fd_set *const sets[3]);
/* Poll has said that it is not open. */
void lw_polled_closed(uint32_t hook, const void *frame, int fd);

#pragma GCC visibility pop

/* Nothing is done before the real call, and nothing behind it if it succeeds. */
#define LW_LOOK_IF(failed, symbol, fd)                                                                                 \
    do {                                                                                                               \
        if (__builtin_expect(failed, 0))                                                                               \
            lw_use_failed(LW_HOOK_##symbol, LW_FRAME, fd, 0);                                                          \
    } while (0)

#endif
