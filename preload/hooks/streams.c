/* Streams: over a path, over a descriptor, over memory; reopened; closed. */
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <wchar.h>

#include "hook.h"

/* The descriptor below; -1 where there is none, which must not show in errno. */
static int number_below(FILE *stream)
{
    int error = errno;
    int number = fileno(stream);
    errno = error;
    return number;
}

/* The same of a new stream, whose descriptor may be moved: nobody else knows of it yet. */
static int new_number_below(FILE *stream)
{
    if (__builtin_expect(lw_reusing_late, 0))
        stream->_fileno = lw_number_moved(stream->_fileno, true);
    return number_below(stream);
}

/* What the letters of a mode mean to open. A comma begins the name of a character set. */
static uint32_t flags_of(const char *mode)
{
    uint32_t flags = mode[0] == 'w' ? O_WRONLY | O_CREAT | O_TRUNC : mode[0] == 'a' ? O_WRONLY | O_CREAT | O_APPEND : 0;
    for (const char *letter = mode; *letter && *letter != ','; letter++) {
        if (*letter == '+')
            flags = (flags & ~(uint32_t)O_ACCMODE) | O_RDWR;
        flags |= *letter == 'e' ? O_CLOEXEC : *letter == 'x' ? O_EXCL : 0u;
    }
    return flags;
}

#define DESCRIBED(path_or_null, mode)                                                                                  \
    .text = path_or_null, .open_flags = lw_result ? flags_of(mode) : 0,                                                \
    .cloexec = lw_result && flags_of(mode) & O_CLOEXEC

#define OPEN_STREAM(symbol)                                                                                            \
    LW_ACQUIRE_HANDLE(FILE, symbol, (const char *restrict path, const char *restrict mode), (path, mode),              \
                      new_number_below, path, DESCRIBED(path, mode))

OPEN_STREAM(fopen)
OPEN_STREAM(fopen64)
OPEN_STREAM(_IO_fopen)
OPEN_STREAM(setmntent)
OPEN_STREAM(__setmntent)

/* The stream takes the descriptor over, unless it fails: then the caller still has it. */
#define STREAM_OVER(symbol)                                                                                            \
    LW_ACQUIRE_HANDLE_OVER(FILE, symbol, (int fd, const char *mode), (fd, mode), number_below, NULL,                   \
                           DESCRIBED(NULL, mode))

STREAM_OVER(fdopen)
STREAM_OVER(_IO_fdopen)

#define TEMPORARY_STREAM(symbol)                                                                                       \
    LW_ACQUIRE_HANDLE(FILE, symbol, (void), (), number_below, NULL, .open_flags = O_RDWR | O_CREAT | O_EXCL)

TEMPORARY_STREAM(tmpfile)
TEMPORARY_STREAM(tmpfile64)

/* ---- No descriptor below ---- */

#define NOTHING_BELOW(handle) (-1)

LW_ACQUIRE_HANDLE(FILE, fmemopen, (void *memory, size_t size, const char *mode), (memory, size, mode), NOTHING_BELOW,
                  NULL, .open_flags = lw_result ? flags_of(mode) : 0)
LW_ACQUIRE_HANDLE(FILE, open_memstream, (char **memory, size_t *size), (memory, size), NOTHING_BELOW, NULL,
                  .open_flags = O_WRONLY)
LW_ACQUIRE_HANDLE(FILE, open_wmemstream, (wchar_t * *memory, size_t *size), (memory, size), NOTHING_BELOW, NULL,
                  .open_flags = O_WRONLY)
LW_ACQUIRE_HANDLE(FILE, fopencookie,
                  (void *restrict cookie, const char *restrict mode, cookie_io_functions_t functions),
                  (cookie, mode, functions), NOTHING_BELOW, NULL, .open_flags = lw_result ? flags_of(mode) : 0)

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
        lw_handle_moved(&lw_call, lw_result, lw_result ? number_below(lw_result) : -1,                                 \
                        &(struct lw_detail){DESCRIBED(path, mode), .flags = is_standard(stream) ? LW_REDIRECTED : 0}); \
        return lw_result;                                                                                              \
    }

REOPEN(freopen)
REOPEN(freopen64)

/* ---- Closed ---- */

LW_RELEASE_STREAM(fclose)
LW_RELEASE_STREAM(_IO_fclose)
LW_RELEASE_HANDLE(endmntent, FILE)
LW_RELEASE_HANDLE(__endmntent, FILE)
