/* How a hook is written. The plain ones are one line each, by the macros here; the others spell out the same steps:
 *
 *     may this call be recorded? - no: only forward
 *     the real call
 *     the verb (account.h), with the result as it is
 *
 * A real call may come back into hooks: through an allocator of the program's, the functions of a custom stream, a
 * comparison, a signal handler. Those calls are the program's own and are recorded as such; what the C library's pieces
 * call of each other is told by its caller (caller.h). So nothing marks a real call as under way: a jump or an exception
 * that leaves it would leave the mark behind.
 *
 * Parameters of hooks must not be called lw_call, lw_result: those names are the macros' own. */
#ifndef LW_HOOK_H
#define LW_HOOK_H

#include "account/account.h"
#include "inject/inject.h"
#include "process/process.h"
#include "real/real.h"

#define LW_EXPORT __attribute__((visibility("default")))

/* What a hook acquires, from the table: LW_KIND_OF_open … */
enum {
#define LW_HOOK(symbol, x86_64, aarch64, kind, role) LW_KIND_OF_##symbol = kind,
#include "hooks.def"
#undef LW_HOOK
};

/* The general road of a hook that has a usual one, with its frame. */
#define LW_GENERALLY __attribute__((noinline, cold))

/* Declares lw_call; or returns from the hook with the real call alone, if this is not to be recorded. */
#define LW_ENTER_OR_RETURN(symbol, arguments) LW_ENTER_FROM_OR_RETURN(LW_FRAME, symbol, arguments)
#define LW_ENTER_FROM_OR_RETURN(frame, symbol, arguments)                                                              \
    struct lw_call lw_call;                                                                                            \
    if (!lw_enter(&lw_call, LW_HOOK_##symbol, frame))                                                                  \
    return LW_REAL(symbol) arguments

/* The real call, unless it is to fail without being made: then `failure`, and errno. path: what it is about; NULL. */
#define LW_UNLESS_INJECTED(symbol, failure, path, arguments)                                                           \
    (__extension__({                                                                                                   \
        LW_INJECTABLE(symbol);                                                                                         \
        __builtin_expect(lw_injecting, 0) && lw_inject(&lw_call, path) ? (failure) : LW_REAL(symbol) arguments;        \
    }))
/* The result of a release that was really made: its own, or a failure. */
#define LW_INJECTED_AFTER(symbol, result)                                                                              \
    (__extension__({                                                                                                   \
        LW_INJECTABLE(symbol);                                                                                         \
        lw_injected_after(&lw_call, result);                                                                           \
    }))

static inline int lw_injected_after(struct lw_call *call, int result)
{
    return __builtin_expect(lw_injecting, 0) && result == 0 && lw_inject_release(call) ? -1 : result;
}

/* Acquires a descriptor. path: what it is about, for injections; NULL. What follows are the initializers of its struct
 * lw_detail, which are evaluated behind the real call and may ask for lw_result. */
#define LW_ACQUIRE_FD(symbol, parameters, arguments, path, ...)                                                        \
    LW_EXPORT int symbol parameters                                                                                    \
    {                                                                                                                  \
        LW_ENTER_OR_RETURN(symbol, arguments);                                                                         \
        int lw_result = LW_FILE_LATE(LW_UNLESS_INJECTED(symbol, -1, path, arguments));                                 \
        lw_acquired_fd(&lw_call, lw_result, LW_KIND_OF_##symbol, &(struct lw_detail){__VA_ARGS__});                    \
        return lw_result;                                                                                              \
    }

/* Acquires both ends of something, into the parameter `ends`. */
#define LW_ACQUIRE_PAIR(symbol, parameters, arguments, ...)                                                            \
    LW_EXPORT int symbol parameters                                                                                    \
    {                                                                                                                  \
        LW_ENTER_OR_RETURN(symbol, arguments);                                                                         \
        int lw_result = LW_UNLESS_INJECTED(symbol, -1, NULL, arguments);                                               \
        if (__builtin_expect(lw_reusing_late, 0) && lw_result == 0)                                                    \
            lw_ends_moved(ends);                                                                                       \
        lw_acquired_pair(&lw_call, lw_result, ends, LW_KIND_OF_##symbol, &(struct lw_detail){__VA_ARGS__});            \
        return lw_result;                                                                                              \
    }

/* Acquires a handle; number_below(handle) is the descriptor below it, or -1. */
#define LW_ACQUIRE_HANDLE(type, symbol, parameters, arguments, number_below, path, ...)                                \
    LW_ACQUIRE_HANDLE_FROM(-1, type, symbol, parameters, arguments, number_below, path, __VA_ARGS__)
/* The same over the parameter `fd`, which stays the caller's where it fails. */
#define LW_ACQUIRE_HANDLE_OVER(type, symbol, parameters, arguments, number_below, path, ...)                           \
    LW_ACQUIRE_HANDLE_FROM(fd, type, symbol, parameters, arguments, number_below, path, __VA_ARGS__)

#define LW_ACQUIRE_HANDLE_FROM(below, type, symbol, parameters, arguments, number_below, path, ...)                    \
    LW_EXPORT type *symbol parameters                                                                                  \
    {                                                                                                                  \
        LW_ENTER_OR_RETURN(symbol, arguments);                                                                         \
        type *lw_result = LW_UNLESS_INJECTED(symbol, NULL, path, arguments);                                           \
        int lw_number = lw_result ? number_below(lw_result) : -1;                                                      \
        lw_acquired_handle(&lw_call, lw_result, LW_KIND_OF_##symbol, lw_number, &(struct lw_detail){__VA_ARGS__});     \
        if (!lw_result)                                                                                                \
            lw_use_failed_here(&lw_call, below);                                                                       \
        return lw_result;                                                                                              \
    }

/* The hook of a release that goes the usual road where it can, and else symbol_generally. */
#define LW_RELEASE_USUALLY(symbol, parameter, argument, usually)                                                       \
    LW_EXPORT LW_HOT_CODE int symbol(parameter)                                                                        \
    {                                                                                                                  \
        int lw_result = LW_NOT_USUAL;                                                                                  \
        if (__builtin_expect(lw_is_usual(), 1))                                                                        \
            lw_result = usually(argument, LW_FRAME, LW_HOOK_##symbol);                                                 \
        if (!__builtin_expect(lw_result != LW_NOT_USUAL, 1))                                                           \
            lw_result = symbol##_generally(argument, LW_FRAME);                                                        \
        LW_KEEP_FRAME;                                                                                                 \
        return lw_result;                                                                                              \
    }

/* Releases a descriptor. */
#define LW_RELEASE_FD(symbol)                                                                                          \
    LW_EXPORT int symbol(int fd);                                                                                      \
    static LW_GENERALLY int symbol##_generally(int fd, const void *frame)                                              \
    {                                                                                                                  \
        LW_ENTER_FROM_OR_RETURN(frame, symbol, (fd));                                                                  \
        lw_releasing_fd_generally(&lw_call, fd);                                                                       \
        int lw_result = LW_INJECTED_AFTER(symbol, LW_REAL(symbol)(fd));                                                \
        lw_released(&lw_call, lw_result);                                                                              \
        lw_settle_usual(lw_injecting);                                                                                 \
        return lw_result;                                                                                              \
    }                                                                                                                  \
    LW_RELEASE_USUALLY(symbol, int fd, fd, lw_close_usually)

/* Releases a handle and what is below it. -1 alone is a failure: fclose and pclose also give a child's status. */
#define LW_RELEASE_HANDLE(symbol, type)                                                                                \
    LW_EXPORT int symbol(type *handle)                                                                                 \
    {                                                                                                                  \
        LW_ENTER_OR_RETURN(symbol, (handle));                                                                          \
        lw_releasing_handle(&lw_call, handle);                                                                         \
        int lw_result = LW_INJECTED_AFTER(symbol, LW_REAL(symbol)(handle));                                            \
        lw_released(&lw_call, lw_result == -1 ? -1 : 0);                                                               \
        return lw_result;                                                                                              \
    }

/* The same for a stream, which may have an error that its release will not tell. */
#define LW_RELEASE_STREAM(symbol)                                                                                      \
    LW_EXPORT int symbol(FILE *stream)                                                                                 \
    {                                                                                                                  \
        LW_ENTER_OR_RETURN(symbol, (stream));                                                                          \
        lw_releasing_handle(&lw_call, stream);                                                                         \
        lw_stream_closing(&lw_call, stream);                                                                           \
        int lw_result = LW_INJECTED_AFTER(symbol, LW_REAL(symbol)(stream));                                            \
        lw_released(&lw_call, lw_result == -1 ? -1 : 0);                                                               \
        return lw_result;                                                                                              \
    }

#endif
