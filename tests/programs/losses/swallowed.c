/* Results of releases and syncs that nobody looks at, and that somebody does: a pipe whose reader has gone, a file that
 * cannot be synced, a mapping that is none. What cannot be synced or shut down by its nature is only
 * counted.
 *
 * expect: swallowed-error count=3 call=fclose error=EPIPE class=stream released=tell_nobody function=tell_nobody at=ignored
 *         verdict=ignored level=error evidence=?*
 * expect: swallowed-error count=2 call=msync error=ENOMEM released=sync_nothing at=msync verdict=ignored level=error
 * expect-text: 12 releases, syncs and shutdowns failed: 1 looked at, 11 ignored
 */
#include "program.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>

static FILE *open_pipe_to_nobody(void)
{
    int ends[2];
    must(pipe(ends), "pipe");
    must(close(ends[0]), "close");
    return must_have(fdopen(ends[1], "w"), "fdopen");
}

static void __attribute__((noinline)) tell_nobody(void)
{
    FILE *stream = open_pipe_to_nobody();
    fputs("anybody there?\n", stream);
    fclose(stream); /* wrong:ignored */
    errno = 0;
}

static int __attribute__((noinline)) tell_and_look(void)
{
    FILE *stream = open_pipe_to_nobody();
    fputs("anybody there?\n", stream);
    if (fclose(stream) == 0)
        return 0;
    puts("nobody there");
    return -1;
}

static void __attribute__((noinline)) sync_nothing(void)
{
    char *page = must_have(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), "mmap");
    must(munmap(page, 4096), "munmap");
    msync(page, 4096, MS_SYNC); /* wrong:msync */
    errno = 0;
}

static void __attribute__((noinline)) sync_pipe(void)
{
    int ends[2];
    must(pipe(ends), "pipe");
    fsync(ends[1]);
    must(close(ends[0]), "close");
    must(close(ends[1]), "close");
}

static void __attribute__((noinline)) shut_down(void)
{
    int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    shutdown(fd, SHUT_RDWR);
    must(close(fd), "close");
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < 3; i++)
        tell_nobody();
    for (int i = 0; i < 2; i++)
        sync_nothing();
    for (int i = 0; i < 5; i++)
        sync_pipe();
    shut_down();
    return tell_and_look() == -1 ? 0 : 1;
}
