/* Closes what cannot be open: the result of an open that failed, without looking; a number that was never set.
 *
 * expect: invalid-release count=11 call=close said=close(-1) released=read_settings function=read_settings line=failed
 *         later=*open\ had\ failed\ with\ ENOENT at=failed level=warning
 * expect: invalid-release count=1 call=close said=close(-5) level=note later=
 * expect: invalid-release count=1 call=close said=close(-1) level=note released=forget later=
 */
#include "program.h"

static void read_settings(void)
{
    int fd = open("no-such-settings.txt", O_RDONLY); /* leak:failed */
    if (close(fd) == 0)                              /* wrong:failed */
        puts("closing nothing worked");
}

static void __attribute__((noinline)) clean_up(int fd)
{
    (void)!close(fd);
}

/* What failed before gives a stream, and nobody closed that. */
static void __attribute__((noinline)) forget(int fd)
{
    if (fopen("no-such-settings.txt", "r") == NULL)
        (void)!close(fd);
}

int main(void)
{
    forget(-1);
    clean_up(-5);
    for (int i = 0; i < 11; i++)
        read_settings();
    return 0;
}
