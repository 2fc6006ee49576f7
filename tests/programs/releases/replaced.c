/* Puts descriptors in the place of others that are open: a file that was written to, whose errors are lost; one that was
 * only read; a copy of the same file, and the standard ones, which is normal use.
 *
 * expect: clobbered-fd count=3 call=dup2 type=file detail=old.txt released=rotate function=open_log at=rotate level=warning
 * expect: clobbered-fd count=1 call=dup2 type=stream detail=stream.txt released=over_stream function=open_stream
 *         at=stream level=warning
 * expect: clobbered-fd count=2 call=dup3 type=file detail=read.txt released=reread level=note
 */
#include "program.h"

static int __attribute__((noinline)) open_log(const char *path)
{
    return must(open(path, O_WRONLY | O_CREAT, 0600), "open");
}

static void rotate(void)
{
    int log = open_log("old.txt"), next = open_log("new.txt");
    must(dup2(next, log), "dup2"); /* wrong:rotate */
    must(close(next), "close");
    must(close(log), "close");
}

static FILE *__attribute__((noinline)) open_stream(void)
{
    return must_have(fopen("stream.txt", "w"), "fopen");
}

/* What the stream holds goes into what has taken its place. */
static void over_stream(void)
{
    FILE *stream = open_stream();
    int other = must(open("/dev/null", O_WRONLY), "open");
    must(dup2(other, fileno(stream)), "dup2"); /* wrong:stream */
    must(close(other), "close");
    must(fclose(stream), "fclose");
}

static void reread(void)
{
    must(close(must(open("read.txt", O_RDWR | O_CREAT, 0600), "open")), "close");
    int first = must(open("read.txt", O_RDONLY), "open"), second = must(open("read.txt", O_RDONLY), "open");
    must(dup3(second, first, O_CLOEXEC), "dup3");
    must(close(second), "close");
    must(close(first), "close");
}

static void keep_a_number(void)
{
    int fd = must(open("same.txt", O_RDWR | O_CREAT, 0600), "open"), copy = must(dup(fd), "dup");
    must(dup2(fd, copy), "dup2");
    must(close(fd), "close");
    must(close(copy), "close");
}

static void redirect(void)
{
    int saved = must(dup(STDOUT_FILENO), "dup"), null = must(open("/dev/null", O_WRONLY), "open");
    must(dup2(null, STDOUT_FILENO), "dup2");
    must(dup2(saved, STDOUT_FILENO), "dup2");
    must(close(null), "close");
    must(close(saved), "close");
}

int main(void)
{
    over_stream();
    for (int i = 0; i < 3; i++)
        rotate();
    for (int i = 0; i < 2; i++)
        reread();
    keep_a_number();
    redirect();
    return 0;
}
