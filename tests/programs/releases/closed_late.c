/* Closes a number again that by then is another's: numbers alone do not tell which of the closes was the wrong one. Handed out
 * late, they do.
 *
 * settings: reuse=late
 * expect: double-close count=5 call=close type=file detail=first.txt error=EBADF released=serve first=serve function=serve
 *         line=first at=guilty
 */
#include "program.h"

static void __attribute__((noinline)) serve(void)
{
    int first = must(open("first.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:first */
    must(close(first), "close");
    int second = must(open("second.txt", O_RDWR | O_CREAT, 0600), "open");
    (void)!close(first); /* wrong:guilty */
    (void)!close(second);
}

int main(void)
{
    for (int i = 0; i < 5; i++)
        serve();
    return 0;
}
