/* Lowers RLIMIT_NOFILE below what it holds, and raises it again: numbers above the limit stay open, are closed late, or
 * forgotten.
 *
 * expect: fd-leak count=7 call=open function=forget line=forget type=file
 * expect: fd-leak count=1 call=fcntl function=far_away type=file
 * allow: fd-exhausted
 */
#include "program.h"

#include <sys/resource.h>

static int forget(void)
{
    return must(open("limit.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:forget */
}

static int far_away(int from)
{
    return must(fcntl(from, F_DUPFD, 700), "F_DUPFD");
}

int main(void)
{
    struct rlimit before, low = {8, 0};
    int fds[100];
    must(getrlimit(RLIMIT_NOFILE, &before), "getrlimit");
    low.rlim_max = before.rlim_max;
    for (size_t i = 0; i < COUNT(fds); i++)
        fds[i] = forget();
    printf("far away: %d\n", far_away(fds[0]));
    must(setrlimit(RLIMIT_NOFILE, &low), "setrlimit");
    if (open("limit.txt", O_RDONLY) >= 0 || errno != EMFILE)
        puts("the limit does not hold");
    for (size_t i = 7; i < COUNT(fds); i++)
        must(close(fds[i]), "close");
    must(setrlimit(RLIMIT_NOFILE, &before), "setrlimit");
    printf("last kept: %d\n", fds[6]);
    return 0;
}
