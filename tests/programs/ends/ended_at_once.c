/* Ends by _exit, which runs nothing: no handler, no destructor. The books are right at any moment.
 *
 * expect: fd-leak count=3 call=open function=forget line=forget level=error
 * expect-exit: 23
 */
#include "program.h"

static int forget(void)
{
    return must(open("work.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:forget */
}

int main(void)
{
    static const struct deed deeds[] = {{forget, 10, 3}};
    do_deeds(deeds, COUNT(deeds));
    fflush(stdout);
    _exit(23);
}
