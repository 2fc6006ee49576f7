/* Leaves streams to exit: what is still in them cannot be written then, and nobody is told. Standard output too.
 *
 * expect: lost-write count=3 call=exit class=stream function=open_report line=report error=ENOSPC level=error
 * expect: lost-write count=1 call=exit detail=standard\ output error=ENOSPC level=error
 * expect: stream-leak count=3 call=fopen
 */
#include "program.h"

static FILE *__attribute__((noinline)) open_report(void)
{
    return must_have(fopen("/dev/full", "w"), "fopen"); /* leak:report */
}

int main(void)
{
    for (int i = 0; i < 3; i++)
        fputs("report\n", open_report());
    int full = must(open("/dev/full", O_WRONLY), "open");
    must(dup2(full, STDOUT_FILENO), "dup2");
    must(close(full), "close");
    puts("hello");
    return 0;
}
