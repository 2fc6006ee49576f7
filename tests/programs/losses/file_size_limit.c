/* Writes beyond the limit on file sizes, with its signal ignored, through streams that do not look at fclose.
 *
 * expect: lost-write count=3 call=fclose error=EFBIG class=stream released=save function=save at=close level=error
 */
#include "program.h"

#include <signal.h>
#include <sys/resource.h>

static void __attribute__((noinline)) save(const char *path)
{
    FILE *file = must_have(fopen(path, "w"), "fopen");
    for (int i = 0; i < 9000; i++)
        putc('x', file);
    fclose(file); /* wrong:close */
}

int main(void)
{
    struct rlimit limit;
    must(getrlimit(RLIMIT_FSIZE, &limit), "getrlimit");
    limit.rlim_cur = 5000;
    signal(SIGXFSZ, SIG_IGN);
    must(setrlimit(RLIMIT_FSIZE, &limit), "setrlimit");
    save("first.txt");
    save("second.txt");
    save("third.txt");
    return 0;
}
