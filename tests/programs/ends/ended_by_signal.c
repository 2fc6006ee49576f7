/* Killed in the middle: what it holds then is a note, unless the site shows a leak (its siblings were closed).
 *
 * expect: fd-leak count=3 call=open function=still_in_use level=note
 * expect: fd-leak count=5 call=open function=forget line=forget level=error
 * expect-signal: KILL
 */
#include "program.h"

#include <signal.h>

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
    static const struct deed deeds[] = {{still_in_use, 0, 3}, {forget, 200, 5}};
    do_deeds(deeds, COUNT(deeds));
    fflush(stdout);
    raise(SIGKILL);
    return 0;
}
