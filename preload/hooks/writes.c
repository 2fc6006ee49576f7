/* What writes to streams: looked at only when it fails. Whether the program has looked, too, decides later if what is then
 * lost with the stream was lost unnoticed. Nothing is done before the real call, and nothing behind it if it succeeds: these
 * are called much more often than anything else here. */
#ifndef __NO_INLINE__
#define __NO_INLINE__ 1 /* the header's own definitions of some would stand in the way */
#endif

#include <stdarg.h>
#include <stdio.h>

#include "account/account.h"
#include "hook.h"

#undef fwrite_unlocked /* a macro, where the compiler optimises */

#define TELL_IF(failed, symbol, stream)                                                                                \
    do {                                                                                                               \
        struct lw_call call;                                                                                           \
        if (__builtin_expect(failed, 0) && lw_enter(&call, LW_HOOK_##symbol, LW_FRAME))                                \
            lw_failed_write(&call, stream);                                                                            \
    } while (0)

#define WRITE(symbol)                                                                                                  \
    LW_EXPORT size_t symbol(const void *restrict data, size_t size, size_t count, FILE *restrict stream)               \
    {                                                                                                                  \
        size_t written = LW_REAL(symbol)(data, size, count, stream);                                                   \
        TELL_IF(written<count && size> 0, symbol, stream);                                                             \
        return written;                                                                                                \
    }

#define PUT(symbol)                                                                                                    \
    LW_EXPORT int symbol(const char *restrict text, FILE *restrict stream)                                             \
    {                                                                                                                  \
        int result = LW_REAL(symbol)(text, stream);                                                                    \
        TELL_IF(result < 0, symbol, stream);                                                                           \
        return result;                                                                                                 \
    }

/* fflush(NULL) is about all streams: it does not say which of them failed. */
#define FLUSH(symbol)                                                                                                  \
    LW_EXPORT int symbol(FILE *stream)                                                                                 \
    {                                                                                                                  \
        int result = LW_REAL(symbol)(stream);                                                                          \
        TELL_IF(result < 0 && stream, symbol, stream);                                                                 \
        return result;                                                                                                 \
    }

/* Functions with variable arguments are forwarded to those that take a list. */
#define PRINT(symbol, real, stream, parameters, arguments)                                                             \
    LW_EXPORT int symbol parameters                                                                                    \
    {                                                                                                                  \
        va_list list;                                                                                                  \
        va_start(list, format);                                                                                        \
        int result = LW_REAL(real) arguments;                                                                          \
        va_end(list);                                                                                                  \
        TELL_IF(result < 0, symbol, stream);                                                                           \
        return result;                                                                                                 \
    }

#define PRINT_LIST(symbol, stream, parameters, arguments)                                                              \
    LW_EXPORT int symbol parameters                                                                                    \
    {                                                                                                                  \
        int result = LW_REAL(symbol) arguments;                                                                        \
        TELL_IF(result < 0, symbol, stream);                                                                           \
        return result;                                                                                                 \
    }

/* What _FORTIFY_SOURCE makes of them; declared only where it is on. */
int __printf_chk(int flag, const char *restrict format, ...);
int __vprintf_chk(int flag, const char *restrict format, va_list list);
int __fprintf_chk(FILE *restrict stream, int flag, const char *restrict format, ...);
int __vfprintf_chk(FILE *restrict stream, int flag, const char *restrict format, va_list list);

WRITE(fwrite)
WRITE(fwrite_unlocked)
PUT(fputs)
PUT(fputs_unlocked)
FLUSH(fflush)
FLUSH(fflush_unlocked)

LW_EXPORT int puts(const char *text)
{
    int result = LW_REAL(puts)(text);
    TELL_IF(result < 0, puts, stdout);
    return result;
}

PRINT(printf, vprintf, stdout, (const char *restrict format, ...), (format, list))
PRINT(fprintf, vfprintf, stream, (FILE *restrict stream, const char *restrict format, ...), (stream, format, list))
PRINT(__printf_chk, __vprintf_chk, stdout, (int flag, const char *restrict format, ...), (flag, format, list))
PRINT(__fprintf_chk, __vfprintf_chk, stream, (FILE *restrict stream, int flag, const char *restrict format, ...),
      (stream, flag, format, list))
PRINT_LIST(vprintf, stdout, (const char *restrict format, va_list list), (format, list))
PRINT_LIST(vfprintf, stream, (FILE *restrict stream, const char *restrict format, va_list list), (stream, format, list))
PRINT_LIST(__vprintf_chk, stdout, (int flag, const char *restrict format, va_list list), (flag, format, list))
PRINT_LIST(__vfprintf_chk, stream, (FILE *restrict stream, int flag, const char *restrict format, va_list list),
           (stream, flag, format, list))
