/* The table of functions that programs find by name: leakwatch_api. Nothing here changes errno. */
#include <errno.h>

#include "account/account.h"
#include "process/process.h"
#include "resources.h"
#include "system/system.h"
#include "wake/wake.h"

#define LW_EXPORT __attribute__((visibility("default")))

/* What a call does, with errno as it was. */
#define KEEPING_ERRNO(type, call)                                                                                      \
    int error = errno;                                                                                                 \
    type result = call;                                                                                                \
    errno = error;                                                                                                     \
    return result

static int active(void)
{
    uint32_t phase = __atomic_load_n(&lw_phase, __ATOMIC_ACQUIRE);
    return phase >= LW_PHASE_READY && phase != LW_PHASE_OFF;
}

static leakwatch_scope_t scope_begin(const char *name, const void *block)
{
    KEEPING_ERRNO(leakwatch_scope_t, lw_scope_begin(name, block, LW_FRAME));
}

static size_t scope_end(leakwatch_scope_t scope)
{
    KEEPING_ERRNO(size_t, lw_scope_end(scope, LW_FRAME));
}

static void scope_fail(leakwatch_scope_t scope, const char *reason)
{
    int error = errno;
    lw_scope_fail(scope, reason, LW_FRAME);
    errno = error;
}

static leakwatch_scope_t scope_detach(leakwatch_scope_t scope)
{
    KEEPING_ERRNO(leakwatch_scope_t, lw_scope_detach(scope, LW_FRAME));
}

static int scope_attach(leakwatch_scope_t scope)
{
    KEEPING_ERRNO(int, lw_scope_attach(scope, LW_FRAME));
}

static int hand_over(enum leakwatch_kind kind, uintptr_t handle, leakwatch_scope_t to)
{
    KEEPING_ERRNO(int, lw_hand_over(kind, handle, to, LW_FRAME));
}

static int expect_held(enum leakwatch_kind kind, uintptr_t handle, const char *reason)
{
    KEEPING_ERRNO(int, lw_expect_held(kind, handle, reason, LW_FRAME));
}

static int label(enum leakwatch_kind kind, uintptr_t handle, const char *text)
{
    KEEPING_ERRNO(int, lw_label(kind, handle, text, LW_FRAME));
}

static size_t held(leakwatch_scope_t scope, leakwatch_held_callback *callback, void *context)
{
    KEEPING_ERRNO(size_t, lw_held(scope, callback, context, LW_FRAME));
}

static bool is_kept(void)
{
    return lw_awake() && lw_keeping();
}

/* Without a ledger nothing has been counted yet: what is open then was inherited, and costs a call to count. */
static size_t open_count(void)
{
    int64_t open = is_kept() || (lw_awake() && lw_begin()) ? lw_open_count() : 0;
    return open > 0 ? (size_t)open : 0;
}

static void source(const struct leakwatch_line *sources, size_t count)
{
    int error = errno;
    lw_lines_set(sources, count, LW_FRAME);
    errno = error;
}

static const char *ledger(void)
{
    return is_kept() && lw_map.is_file ? lw_map.path : "";
}

static int own(int fd, uint64_t tag)
{
    KEEPING_ERRNO(int, lw_own(fd, tag, LW_FRAME));
}

static int close_owned(int fd, uint64_t tag)
{
    return lw_close_owned(fd, tag, LW_FRAME);
}

static int watch_locks(void)
{
    KEEPING_ERRNO(int, lw_semaphores_watch(LW_FRAME) ? 0 : -1);
}

static void swallowed(const struct leakwatch_swallowed *event)
{
    int error = errno;
    lw_swallowed(event, LW_FRAME);
    errno = error;
}

LW_EXPORT extern const struct leakwatch_api leakwatch_api;
LW_EXPORT const struct leakwatch_api leakwatch_api = {
    .size = sizeof(struct leakwatch_api),
    .version = 1,
    .active = active,
    .scope_begin = scope_begin,
    .scope_end = scope_end,
    .scope_fail = scope_fail,
    .scope_detach = scope_detach,
    .scope_attach = scope_attach,
    .hand_over = hand_over,
    .expect_held = expect_held,
    .label = label,
    .held = held,
    .open_count = open_count,
    .source = source,
    .ledger = ledger,
    .own = own,
    .close_owned = close_owned,
    .watch_locks = watch_locks,
    .swallowed = swallowed,
};
