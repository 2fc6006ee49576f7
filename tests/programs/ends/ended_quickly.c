/* Ends by quick_exit, whose own handlers still close something.
 *
 * expect: fd-leak count=3 call=open function=forget line=forget level=error
 * expect-exit: 7
 */
#include "program.h"

static int closed_late;

static int forget(void)
{
    return must(open("work.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:forget */
}

static void close_late(void)
{
    must(close(closed_late), "close");
}

int main(void)
{
    static const struct deed deeds[] = {{forget, 10, 3}};
    closed_late = must(open("work.txt", O_RDWR | O_CREAT, 0600), "open");
    must(at_quick_exit(close_late), "at_quick_exit");
    do_deeds(deeds, COUNT(deeds));
    fflush(stdout);
    quick_exit(7);
}
