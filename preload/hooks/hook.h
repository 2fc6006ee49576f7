/* How a hook is written. The plain ones are one line each, by the macros here; the others spell out the same steps:
 *
 *     may this call be recorded? - no: only forward
 *     the real call (in LW_NEST where it may call back: through the heap, cookies, handlers, or split libraries)
 *     the verb (account.h), with the result as it is
 *
 * Parameters of hooks must not be called lw_call, lw_result: those names are the macros' own. */
#ifndef LW_HOOK_H
#define LW_HOOK_H

#include "account.h"
#include "nest.h"
#include "process.h"
#include "real.h"

#define LW_EXPORT __attribute__((visibility("default")))

/* What a hook acquires, from the table: LW_KIND_OF_open … */
enum {
#define LW_HOOK(symbol, x86_64, aarch64, kind, role) LW_KIND_OF_##symbol = kind,
#include "hooks.def"
#undef LW_HOOK
};

/* Declares lw_call and lw_result, and returns from the hook with the real call alone if this is not to be recorded. */
#define LW_BEGIN(symbol, type, arguments)                                                                              \
    struct lw_call lw_call;                                                                                            \
    if (!lw_enter(&lw_call, LW_HOOK_##symbol, LW_FRAME))                                                               \
        return LW_REAL(symbol) arguments;                                                                              \
    type lw_result

/* Acquires a descriptor. What follows the arguments are the initializers of its struct lw_detail. */
#define LW_ACQUIRE_FD(symbol, parameters, arguments, ...)                                                              \
    LW_EXPORT int symbol parameters                                                                                    \
    {                                                                                                                  \
        LW_BEGIN(symbol, int, arguments);                                                                              \
        lw_result = LW_REAL(symbol) arguments;                                                                         \
        lw_acquired_fd(&lw_call, lw_result, LW_KIND_OF_##symbol, &(struct lw_detail){__VA_ARGS__});                    \
        return lw_result;                                                                                              \
    }

/* The same, where the real call may call back. */
#define LW_ACQUIRE_FD_NESTED(symbol, parameters, arguments, ...)                                                       \
    LW_EXPORT int symbol parameters                                                                                    \
    {                                                                                                                  \
        LW_BEGIN(symbol, int, arguments);                                                                              \
        LW_NEST(&lw_call, lw_result = LW_REAL(symbol) arguments);                                                      \
        lw_acquired_fd(&lw_call, lw_result, LW_KIND_OF_##symbol, &(struct lw_detail){__VA_ARGS__});                    \
        return lw_result;                                                                                              \
    }

/* Acquires both ends of something, into the parameter `ends`. */
#define LW_ACQUIRE_PAIR(symbol, parameters, arguments, ...)                                                            \
    LW_EXPORT int symbol parameters                                                                                    \
    {                                                                                                                  \
        LW_BEGIN(symbol, int, arguments);                                                                              \
        lw_result = LW_REAL(symbol) arguments;                                                                         \
        lw_acquired_pair(&lw_call, lw_result, ends, LW_KIND_OF_##symbol, &(struct lw_detail){__VA_ARGS__});            \
        return lw_result;                                                                                              \
    }

/* Acquires a handle; number_below(handle) is the descriptor below it, or -1. All of these may use the heap. */
#define LW_ACQUIRE_HANDLE(type, symbol, parameters, arguments, number_below, ...)                                      \
    LW_EXPORT type *symbol parameters                                                                                  \
    {                                                                                                                  \
        LW_BEGIN(symbol, type *, arguments);                                                                           \
        LW_NEST(&lw_call, lw_result = LW_REAL(symbol) arguments);                                                      \
        int lw_number = lw_result ? number_below(lw_result) : -1;                                                      \
        lw_acquired_handle(&lw_call, lw_result, LW_KIND_OF_##symbol, lw_number, &(struct lw_detail){__VA_ARGS__});     \
        return lw_result;                                                                                              \
    }

/* Releases a descriptor. */
#define LW_RELEASE_FD(symbol)                                                                                          \
    LW_EXPORT int symbol(int fd)                                                                                       \
    {                                                                                                                  \
        LW_BEGIN(symbol, int, (fd));                                                                                   \
        lw_releasing_fd(&lw_call, fd);                                                                                 \
        lw_result = LW_REAL(symbol)(fd);                                                                               \
        lw_released(&lw_call, lw_result);                                                                              \
        return lw_result;                                                                                              \
    }

/* Releases a handle and what is below it. -1 alone is a failure: fclose and pclose also give a child's status. */
#define LW_RELEASE_HANDLE(symbol, type)                                                                                \
    LW_EXPORT int symbol(type *handle)                                                                                 \
    {                                                                                                                  \
        LW_BEGIN(symbol, int, (handle));                                                                               \
        lw_releasing_handle(&lw_call, handle);                                                                         \
        LW_NEST(&lw_call, lw_result = LW_REAL(symbol)(handle));                                                        \
        lw_released(&lw_call, lw_result == -1 ? -1 : 0);                                                               \
        return lw_result;                                                                                              \
    }

#endif
