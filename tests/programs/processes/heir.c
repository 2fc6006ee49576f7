/* Is started with more than three descriptors open: those are nobody's leak here, closed, replaced or kept.
 *
 * inherit: 5
 * expect: fd-leak count=3 call=open function=forget line=forget type=file
 */
#include "program.h"

static int forget(void)
{
    return must(open("heir.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:forget */
}

int main(void)
{
    static const struct deed deeds[] = {{forget, 3, 3}};
    int open_now = 0;
    for (int fd = 3; fd < 100; fd++)
        open_now += fcntl(fd, F_GETFD) >= 0;
    printf("%d inherited\n", open_now);
    must(close(3), "close");
    must(dup2(1, 4), "dup2");
    must(close(4), "close");
    do_deeds(deeds, COUNT(deeds));
    return 0;
}
