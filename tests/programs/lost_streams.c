/* Streams whose writes fail early, and whose fclose then says that all is well, because nothing is left to be written:
 * unbuffered ones. One that asks ferror has looked; one of popen, and one that is opened anew, lose theirs as well.
 *
 * expect: lost-write count=5 call=fclose class=stream released=write_unbuffered function=write_unbuffered at=fclose level=error
 *         detail=/dev/full later=*of\ which\ the\ release\ says\ nothing
 * expect: lost-write count=1 call=freopen class=stream released=open_anew at=freopen
 * expect: lost-write count=2 call=pclose class=stream released=tell_child at=pclose
 */
#include "program.h"

#include <signal.h>

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
    for (int i = 0; i < 2; i++)
        tell_child();
    return 0;
}
