/* The verbs that every hook speaks: something was acquired, released, duplicated, moved, or failed.
 *
 * A hook looks like this (hooks/hook.h has macros for the plain ones):
 *
 *     int eventfd(unsigned count, int flags)
 *     {
 *         struct lw_call call;
 *         if (!lw_enter(&call, LW_HOOK_eventfd, LW_FRAME))
 *             return lw_real.eventfd(count, flags);
 *         int fd = lw_real.eventfd(count, flags);
 *         lw_acquired_fd(&call, fd, LW_FD_EVENTFD, &(struct lw_detail){.open_flags = flags});
 *         return fd;
 *     }
 *
 * Rules: errno after the verb is what the real call left. Verbs take the result of the real call as it is: a failure
 * (fd < 0, handle NULL) is booked as one. No verb allocates, locks, or calls a hook. What a real call brings back into
 * hooks is the program's own doing (a cookie's close function, a comparison, a signal handler), and is booked.
 */
#ifndef LW_ACCOUNT_H
#define LW_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "call.h"
#include "child_misuses.h"
#include "detached_threads.h"
#include "limits.h"
#include "lock_misuses.h"
#include "lock_objects.h"
#include "lost_writes.h"
#include "record.h"
#include "semaphores.h"
#include "thread_starts.h"
#include "uses.h"
#include "usual.h"

#pragma GCC visibility push(hidden)

/* Is this call to be recorded? False while leakwatch is not ready or at work itself, in a vfork child, and when
 * the C library itself calls. A hook that gets false only forwards. Never fails, touches no errno. */
bool lw_enter(struct lw_call *call, uint32_t hook, const void *frame);

/* Acquired. A negative fd (or a null handle) is a failed acquisition: counted, and errno looked at (EMFILE, ENFILE). */
void lw_acquired_fd(struct lw_call *call, int fd, uint32_t kind, const struct lw_detail *detail);
/* Both ends of a pipe or pair; result is what the real call returned. */
void lw_acquired_pair(struct lw_call *call, int result, const int fds[2], uint32_t kind,
                      const struct lw_detail *detail);
/* A stream, directory or child process. `number` is the descriptor below it, -1 where it has none; that descriptor's
 * slot is then owned by the handle. Takes over the descriptor's history where it was already held (fdopen, fdopendir). */
void lw_acquired_handle(struct lw_call *call, const void *handle, uint32_t kind, int number,
                        const struct lw_detail *detail);

/* Released: lw_releasing before the real call, lw_released after it with what it returned (0: success, -1: errno says).
 * For a close the descriptor is gone after any result but those of lw_release_undone. */
void lw_releasing_fd(struct lw_call *call, int fd);
void lw_releasing_fd_generally(struct lw_call *call, int fd);       /* the same, of one that is not as usual */
void lw_releasing_handle(struct lw_call *call, const void *handle); /* and the descriptor below it */
void lw_released(struct lw_call *call, int result);
void lw_release_undone(struct lw_call *call); /* it is still held: the release did not happen */

/* What is no longer held although no release of its own was called: [first, last] by a bulk close. */
void lw_swept(struct lw_call *call, unsigned first, unsigned last);
/* A child was waited for. */
void lw_reaped(struct lw_call *call, int pid, bool polled);

/* Duplicated: `to` now is a duplicate of `from`. Before dup2/dup3 call lw_replacing(to); afterwards lw_duplicated with
 * the call's result (negative: failed; the replaced one is then still held). */
void lw_replacing(struct lw_call *call, int to);
void lw_duplicated(struct lw_call *call, int from, int to, bool cloexec);

/* A descriptor learnt something about itself: address after bind/connect/listen, family; error of a failed connect. */
void lw_addressed(struct lw_call *call, int fd, uint32_t flag, const void *address, uint32_t length, int error);
/* listen() succeeded. */
void lw_listens(struct lw_call *call, int fd);
/* FD_CLOEXEC was set or cleared. */
void lw_cloexec_changed(struct lw_call *call, int fd, bool cloexec);
/* The handle's descriptor changed or went (freopen): number is the one now below. */
void lw_handle_moved(struct lw_call *call, const void *handle, int number, const struct lw_detail *detail);
/* A stream is about to be closed: has it an error that nobody was told of? */
void lw_stream_closing(struct lw_call *call, FILE *stream);
void lw_stream_reopening(struct lw_call *call, FILE *stream);
/* A call that neither acquires nor releases failed in a way worth counting: shutdown, fsync on what we know; fd -1: on
 * something that has no descriptor. */
void lw_failed_use(struct lw_call *call, int fd);
/* The binding of a language says that something swallowed an exception. */
struct leakwatch_swallowed;
void lw_swallowed(const struct leakwatch_swallowed *event, const void *frame);

#pragma GCC visibility pop

#endif
