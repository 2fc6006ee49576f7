/* A soft limit of 0 descriptors is a limit.
 *
 * expect: fd-exhausted count=1 level=error call=open error=EMFILE function=open_more later=there?is?no?number?below?the?soft?limit?of?0?(*open?above?it)
 */
#include "program.h"

#include <sys/resource.h>

static int open_more(void)
{
    return open("/dev/null", O_RDONLY);
}

int main(void)
{
    struct rlimit limit;
    must(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    must(close(must(open("/dev/null", O_RDONLY), "open")), "close");
    const struct rlimit none = {0, limit.rlim_max};
    must(setrlimit(RLIMIT_NOFILE, &none), "setrlimit");
    printf("%d\n", open_more());
    must(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
    return 0;
}
