/* Ends by abort: a signal, so what was in use is a note, and what siblings show to be a leak is an error.
 *
 * expect: fd-leak count=1 call=open function=still_in_use level=note
 * expect: fd-leak count=3 call=open function=forget line=forget level=error
 * expect-signal: ABRT
 */
#include "program.h"

#include <sys/resource.h>

static int still_in_use(void)
{
    return must(open("work.txt", O_RDWR | O_CREAT, 0600), "open");
}

static int forget(void)
{
    return must(open("work.txt", O_RDONLY), "open"); /* leak:forget */
}

int main(void)
{
    static const struct deed deeds[] = {{still_in_use, 0, 1}, {forget, 10, 3}};
    struct rlimit no_core = {0, 0};
    must(setrlimit(RLIMIT_CORE, &no_core), "setrlimit");
    do_deeds(deeds, COUNT(deeds));
    fflush(stdout);
    abort();
}
