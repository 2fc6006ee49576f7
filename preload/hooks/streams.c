/* Streams: over a path, over a descriptor, over memory; reopened; closed. */
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <wchar.h>

#include "hook.h"

/* The descriptor below a new stream, which may be moved: nobody else knows of it yet. */
static int new_number_below(FILE *stream)
{
    if (__builtin_expect(lw_reusing_late, 0))
        stream->_fileno = lw_number_moved(stream->_fileno, true);
    return lw_number_below(stream);
}

#define DESCRIBED(path_or_null, mode)                                                                                  \
    .text = path_or_null, .open_flags = lw_result ? lw_flags_of_mode(mode) : 0,                                        \
    .cloexec = lw_result && lw_flags_of_mode(mode) & O_CLOEXEC

#define OPEN_STREAM(symbol)                                                                                            \
    LW_ACQUIRE_HANDLE(FILE, symbol, (const char *restrict path, const char *restrict mode), (path, mode),              \
                      new_number_below, path, DESCRIBED(path, mode))

OPEN_STREAM(setmntent)
OPEN_STREAM(__setmntent)

/* Those of them that have a usual road. */
#define OPEN_STREAM_USUALLY(symbol)                                                                                    \
    LW_EXPORT FILE *symbol(const char *restrict path, const char *restrict mode);                                      \
    static LW_GENERALLY FILE *symbol##_generally(const char *path, const char *mode, const void *frame)                \
    {                                                                                                                  \
        LW_ENTER_FROM_OR_RETURN(frame, symbol, (path, mode));                                                          \
        FILE *lw_result = LW_UNLESS_INJECTED(symbol, NULL, path, (path, mode));                                        \
        int lw_number = lw_result ? new_number_below(lw_result) : -1;                                                  \
        lw_acquired_handle(&lw_call, lw_result, LW_KIND_OF_##symbol, lw_number,                                        \
                           &(struct lw_detail){DESCRIBED(path, mode)});                                                \
        if (!lw_result)                                                                                                \
            lw_use_failed_here(&lw_call, -1);                                                                          \
        lw_settle_usual(lw_injecting);                                                                                 \
        return lw_result;                                                                                              \
    }                                                                                                                  \
    LW_EXPORT LW_HOT_CODE FILE *symbol(const char *restrict path, const char *restrict mode)                           \
    {                                                                                                                  \
        FILE *lw_result;                                                                                               \
        if (__builtin_expect(lw_is_usual(), 1))                                                                        \
            lw_result = lw_fopen_usually(path, mode, LW_FRAME, LW_HOOK_##symbol);                                      \
        else                                                                                                           \
            lw_result = symbol##_generally(path, mode, LW_FRAME);                                                      \
        LW_KEEP_FRAME;                                                                                                 \
        return lw_result;                                                                                              \
    }

OPEN_STREAM_USUALLY(fopen)
OPEN_STREAM_USUALLY(fopen64)
OPEN_STREAM_USUALLY(_IO_fopen)

/* The stream takes the descriptor over, unless it fails: then the caller still has it. */
#define STREAM_OVER(symbol)                                                                                            \
    LW_ACQUIRE_HANDLE_OVER(FILE, symbol, (int fd, const char *mode), (fd, mode), lw_number_below, NULL,                \
                           DESCRIBED(NULL, mode))

STREAM_OVER(fdopen)
STREAM_OVER(_IO_fdopen)

#define TEMPORARY_STREAM(symbol)                                                                                       \
    LW_ACQUIRE_HANDLE(FILE, symbol, (void), (), lw_number_below, NULL, .open_flags = O_RDWR | O_CREAT | O_EXCL)

TEMPORARY_STREAM(tmpfile)
TEMPORARY_STREAM(tmpfile64)

/* ---- No descriptor below ---- */

#define NOTHING_BELOW(handle) (-1)

LW_ACQUIRE_HANDLE(FILE, fmemopen, (void *memory, size_t size, const char *mode), (memory, size, mode), NOTHING_BELOW,
                  NULL, .open_flags = lw_result ? lw_flags_of_mode(mode) : 0)
LW_ACQUIRE_HANDLE(FILE, open_memstream, (char **memory, size_t *size), (memory, size), NOTHING_BELOW, NULL,
                  .open_flags = O_WRONLY)
LW_ACQUIRE_HANDLE(FILE, open_wmemstream, (wchar_t * *memory, size_t *size), (memory, size), NOTHING_BELOW, NULL,
                  .open_flags = O_WRONLY)
LW_ACQUIRE_HANDLE(FILE, fopencookie,
                  (void *restrict cookie, const char *restrict mode, cookie_io_functions_t functions),
                  (cookie, mode, functions), NOTHING_BELOW, NULL, .open_flags = lw_result ? lw_flags_of_mode(mode) : 0)

/* ---- Reopened ---- */

/* The standard ones are there before the program is, and to send them elsewhere is what freopen is for. */
static bool is_standard(const FILE *stream)
{
    return stream == stdin || stream == stdout || stream == stderr;
}

/* What the stream had is given back even where what it should get cannot be opened. */
#define REOPEN(symbol)                                                                                                 \
    LW_EXPORT FILE *symbol(const char *restrict path, const char *restrict mode, FILE *restrict stream)                \
    {                                                                                                                  \
        LW_ENTER_OR_RETURN(symbol, (path, mode, stream));                                                              \
        lw_releasing_handle(&lw_call, stream);                                                                         \
        lw_stream_reopening(&lw_call, stream);                                                                         \
        FILE *lw_result = LW_REAL(symbol)(path, mode, stream);                                                         \
        lw_released(&lw_call, 0);                                                                                      \
        lw_handle_moved(&lw_call, lw_result, lw_result ? lw_number_below(lw_result) : -1,                              \
                        &(struct lw_detail){DESCRIBED(path, mode), .flags = is_standard(stream) ? LW_REDIRECTED : 0}); \
        return lw_result;                                                                                              \
    }

REOPEN(freopen)
REOPEN(freopen64)

/* ---- Closed ---- */

#define CLOSE_STREAM(symbol)                                                                                           \
    LW_EXPORT int symbol(FILE *stream);                                                                                \
    static LW_GENERALLY int symbol##_generally(FILE *stream, const void *frame)                                        \
    {                                                                                                                  \
        LW_ENTER_FROM_OR_RETURN(frame, symbol, (stream));                                                              \
        lw_releasing_handle(&lw_call, stream);                                                                         \
        lw_stream_closing(&lw_call, stream);                                                                           \
        int lw_result = LW_INJECTED_AFTER(symbol, LW_REAL(symbol)(stream));                                            \
        lw_released(&lw_call, lw_result == -1 ? -1 : 0);                                                               \
        lw_settle_usual(lw_injecting);                                                                                 \
        return lw_result;                                                                                              \
    }                                                                                                                  \
    LW_RELEASE_USUALLY(symbol, FILE *stream, stream, lw_fclose_usually)

CLOSE_STREAM(fclose)
CLOSE_STREAM(_IO_fclose)
LW_RELEASE_HANDLE(endmntent, FILE)
LW_RELEASE_HANDLE(__endmntent, FILE)
