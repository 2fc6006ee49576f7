/* The C library calls back in the middle of hooked calls: what a custom stream's functions open and close is the
 * program's own, and a comparison may jump out of fts_open, after which its thread ends in the ordinary way.
 *
 * expect: stream-leak count=1 call=fopencookie function=stream_over line=stream
 * expect: fd-leak count=1 call=open function=below line=below type=file
 * expect: fd-leak count=3 call=open function=write_to_log line=log type=file
 */
#include "program.h"

#include <fts.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdint.h>

static int below(void)
{
    return must(open("below.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:below */
}

static ssize_t write_to_log(void *cookie, const char *bytes, size_t count)
{
    must(open("below.txt", O_RDONLY), "open"); /* leak:log */
    return write((int)(intptr_t)cookie, bytes, count);
}

static int close_below(void *cookie)
{
    return close((int)(intptr_t)cookie);
}

static FILE *stream_over(int fd)
{
    cookie_io_functions_t functions = {.write = write_to_log, .close = close_below};
    return must_have(fopencookie((void *)(intptr_t)fd, "w", functions), "fopencookie"); /* leak:stream */
}

static void use_streams(void)
{
    for (int i = 0; i < 3; i++) {
        FILE *stream = stream_over(below());
        fputs("something\n", stream);
        must(fclose(stream), "fclose");
    }
    stream_over(below());
}

static jmp_buf way_out;

static int jump(const FTSENT **one, const FTSENT **other)
{
    (void)one;
    (void)other;
    longjmp(way_out, 1);
}

/* Leaves nothing of what may have stood below this frame. */
static void overwrite_stack(void)
{
    volatile char room[8192];
    for (size_t i = 0; i < sizeof room; i++)
        room[i] = (char)0xaa;
}

static void *jump_and_end(void *unused)
{
    char first[] = "first", second[] = "second";
    char *const paths[] = {first, second, NULL};
    if (setjmp(way_out) == 0)
        fts_open(paths, FTS_PHYSICAL, jump);
    overwrite_stack();
    must(close(below()), "close");
    pthread_exit(unused);
}

int main(void)
{
    pthread_t thread;
    use_streams();
    must(-pthread_create(&thread, NULL, jump_and_end, NULL), "pthread_create");
    must(-pthread_join(thread, NULL), "pthread_join");
    puts("still here");
    return 0;
}
