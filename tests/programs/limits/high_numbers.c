/* Descriptors above a limit that was lowered are open, and take none of the numbers below it.
 *
 * expect: fd-exhausted count=1 level=error call=open error=EMFILE
 *         later=all?20?numbers?below?the?soft?limit?of?20?were?taken?(2?more?open?above?it)
 */
#include "program.h"

#include <sys/resource.h>

int main(void)
{
    struct rlimit limit;
    must(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    limit.rlim_cur = 64;
    must(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
    int high[2] = {must(fcntl(0, F_DUPFD, 40), "fcntl"), must(fcntl(0, F_DUPFD, 50), "fcntl")};
    limit.rlim_cur = 20;
    must(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
    int last = 0, next;
    while ((next = open("/dev/null", O_RDONLY)) >= 0)
        last = next;
    printf("the last is %d\n", last);
    for (int fd = 3; fd <= last; fd++)
        must(close(fd), "close");
    for (int i = 0; i < 2; i++)
        must(close(high[i]), "close");
    return 0;
}
