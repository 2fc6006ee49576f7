/* Streams whose writes fail early, and whose fclose then says that all is well, because nothing is left to be written:
 * unbuffered ones. One that asks ferror has looked; one of popen, and one that is opened anew, lose theirs as well.
 *
 * expect: lost-write count=5 call=fclose class=stream released=write_unbuffered function=write_unbuffered at=fclose level=error
 *         detail=/dev/full later=*of\ which\ the\ release\ says\ nothing
 * expect: lost-write count=1 call=freopen class=stream released=open_anew at=freopen
 * expect: lost-write count=1 call=freopen class=stream released=open_buffered_anew at=buffered
 * expect: lost-write count=2 call=pclose class=stream released=tell_child at=pclose
 */
#include "program.h"

#include <signal.h>
#include <stdbool.h>

static FILE *__attribute__((noinline)) open_full(void)
{
    FILE *stream = must_have(fopen("/dev/full", "w"), "fopen");
    setvbuf(stream, NULL, _IONBF, 0);
    return stream;
}

static void __attribute__((noinline)) write_unbuffered(void)
{
    FILE *stream = must_have(fopen("/dev/full", "w"), "fopen");
    setvbuf(stream, NULL, _IONBF, 0);
    fputs("lost\n", stream);
    if (fclose(stream) != 0) /* wrong:fclose */
        puts("fclose noticed");
}

static void __attribute__((noinline)) write_and_ask(void)
{
    FILE *stream = open_full();
    fputs("lost\n", stream);
    if (ferror(stream))
        puts("ferror told");
    must(fclose(stream), "fclose");
}

static void __attribute__((noinline)) open_anew(void)
{
    FILE *stream = open_full();
    fputs("lost\n", stream);
    stream = must_have(freopen("anew.txt", "w", stream), "freopen"); /* wrong:freopen */
    must(fclose(stream), "fclose");
}

/* What it still has is lost by freopen itself. */
static void __attribute__((noinline)) open_buffered_anew(void)
{
    FILE *stream = must_have(fopen("/dev/full", "w"), "fopen");
    fputs("lost\n", stream);
    stream = must_have(freopen("anew.txt", "w", stream), "freopen"); /* wrong:buffered */
    must(fclose(stream), "fclose");
}

/* Who looks at the write itself knows, and need not look again. */
static void __attribute__((noinline)) write_and_look(int way)
{
    static char data[20000];
    FILE *stream = must_have(fopen("/dev/full", "w"), "fopen");
    bool failed = false;
    if (way == 0)
        failed = fwrite(data, 1, sizeof data, stream) != sizeof data;
    else if (way == 1)
        failed = fputs("lost\n", stream) < 0 || fflush(stream) != 0;
    else
        failed = fprintf(stream, "%s%20000d", "lost\n", way) < 0;
    if (failed)
        puts("the write told");
    fclose(stream);
}

static void __attribute__((noinline)) tell_child(void)
{
    FILE *child = must_have(popen("exec <&-; sleep 0.2", "w"), "popen");
    setvbuf(child, NULL, _IONBF, 0);
    usleep(100000);
    fputs("lost\n", child);
    if (pclose(child) != 0) /* wrong:pclose */
        puts("pclose noticed");
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < 5; i++)
        write_unbuffered();
    write_and_ask();
    open_anew();
    open_buffered_anew();
    for (int way = 0; way < 3; way++)
        write_and_look(way);
    for (int i = 0; i < 2; i++)
        tell_child();
    return 0;
}
