/* The deeds of every_hook that write, write through, or ask whether something was written. */
#include <stdarg.h>
#include <sys/mman.h>

#include "every_hook.h"

/* Pipes cannot be synced. */
static void synced(void *function)
{
    int ends[2];
    must(pipe(ends), "pipe");
    also_acquired(HOOK_pipe, 2);
    if (TYPED(function, int, int)(ends[1]) == 0 || errno != EINVAL)
        puts("a pipe was synced");
    shows(now == HOOK_fsync ? "failure.*call=\"fsync\" error=22 role=3"
                            : "failure.*call=\"fdatasync\" error=22 role=3");
    put_away(ends[0]);
    put_away(ends[1]);
}

static void mapping_synced(void *function)
{
    void *page = must_have(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), "mmap");
    must(munmap(page, 4096), "munmap");
    if (TYPED(function, int, void *, size_t, int)(page, 4096, MS_SYNC) == 0 || errno != ENOMEM)
        puts("what is not mapped was synced");
    shows("failure.*call=\"msync\" error=12 role=3");
}

static void asked(void *function)
{
    if (TYPED(function, int, FILE *)(stdout) != 0)
        puts("standard output has an error");
}

/* A stream that takes nothing; nobody looks at how it is closed. */
static FILE *full_stream(void)
{
    FILE *stream = must_have(fopen("/dev/full", "w"), "fopen");
    also_acquired(HOOK_fopen, 1);
    setvbuf(stream, NULL, _IONBF, 0);
    return stream;
}

static void has_failed(FILE *stream, int result, const char *words)
{
    if (result >= 0)
        puts("what is full took something");
    clearerr(stream);
    if (fclose(stream) != 0)
        puts("nothing was left to be written");
    also_released(HOOK_fclose, 1);
    shows(words);
}

#define FAILED(symbol) "failure.*call=\"" #symbol "\" error=28 role=5"

static const char *const failed[HOOKS] = {
    [HOOK_fwrite] = FAILED(fwrite),
    [HOOK_fwrite_unlocked] = FAILED(fwrite_unlocked),
    [HOOK_fputs] = FAILED(fputs),
    [HOOK_fputs_unlocked] = FAILED(fputs_unlocked),
    [HOOK_fflush] = FAILED(fflush),
    [HOOK_fflush_unlocked] = FAILED(fflush_unlocked),
    [HOOK_fprintf] = FAILED(fprintf),
    [HOOK_vfprintf] = FAILED(vfprintf),
    [HOOK___fprintf_chk] = FAILED(__fprintf_chk),
    [HOOK___vfprintf_chk] = FAILED(__vfprintf_chk),
};

static void written(void *function)
{
    FILE *stream = full_stream();
    size_t count = TYPED(function, size_t, const void *, size_t, size_t, FILE *)("lost", 1, 4, stream);
    has_failed(stream, count < 4 ? -1 : 0, failed[now]);
}

static void put(void *function)
{
    FILE *stream = full_stream();
    has_failed(stream, TYPED(function, int, const char *, FILE *)("lost", stream), failed[now]);
}

static void flushed(void *function)
{
    FILE *stream = must_have(fopen("/dev/full", "w"), "fopen");
    also_acquired(HOOK_fopen, 1);
    putc('x', stream);
    int result = TYPED(function, int, FILE *)(stream);
    setvbuf(stream, NULL, _IONBF, 0);
    has_failed(stream, result, failed[now]);
}

static int with_list(void *function, FILE *stream, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int result = now == HOOK_vfprintf
                     ? TYPED(function, int, FILE *, const char *, va_list)(stream, format, list)
                     : TYPED(function, int, FILE *, int, const char *, va_list)(stream, 1, format, list);
    va_end(list);
    return result;
}

static void printed(void *function)
{
    FILE *stream = full_stream();
    int result;
    if (now == HOOK_fprintf)
        result = TYPED(function, int, FILE *, const char *, ...)(stream, "%s", "lost");
    else if (now == HOOK___fprintf_chk)
        result = TYPED(function, int, FILE *, int, const char *, ...)(stream, 1, "%s", "lost");
    else
        result = with_list(function, stream, "%s", "lost");
    has_failed(stream, result, failed[now]);
}

/* To standard output, which works: that it is forwarded is what can be seen. */
static void said(void *function)
{
    if (TYPED(function, int, const char *)("said") < 0)
        exit(1);
}

static int said_with_list(void *function, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int result = now == HOOK_vprintf ? TYPED(function, int, const char *, va_list)(format, list)
                                     : TYPED(function, int, int, const char *, va_list)(1, format, list);
    va_end(list);
    return result;
}

static void said_by_format(void *function)
{
    int result;
    if (now == HOOK_printf)
        result = TYPED(function, int, const char *, ...)("%s\n", "said");
    else if (now == HOOK___printf_chk)
        result = TYPED(function, int, int, const char *, ...)(1, "%s\n", "said");
    else
        result = said_with_list(function, "%s\n", "said");
    if (result != 5)
        exit(1);
}

deed *const sync_deeds[HOOKS] = {
    [HOOK_fwrite] = written,
    [HOOK_fwrite_unlocked] = written,
    [HOOK_fputs] = put,
    [HOOK_fputs_unlocked] = put,
    [HOOK_fflush] = flushed,
    [HOOK_fflush_unlocked] = flushed,
    [HOOK_fprintf] = printed,
    [HOOK_vfprintf] = printed,
    [HOOK___fprintf_chk] = printed,
    [HOOK___vfprintf_chk] = printed,
    [HOOK_puts] = said,
    [HOOK_printf] = said_by_format,
    [HOOK_vprintf] = said_by_format,
    [HOOK___printf_chk] = said_by_format,
    [HOOK___vprintf_chk] = said_by_format,
    [HOOK_fsync] = synced,
    [HOOK_fdatasync] = synced,
    [HOOK_msync] = mapping_synced,
    [HOOK_ferror] = asked,
};
