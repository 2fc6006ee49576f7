/* What the program has in errno when it opens a file is there afterwards, and changes nothing: not EINTR and EAGAIN
 * either, after which things are done again. Each time the stack is a new one.
 *
 * expect: fd-leak count=134 call=open function=main line=all
 */
#include "program.h"

__attribute__((noinline)) static void open_with(int error)
{
    errno = error;
    int fd = open("/dev/null", O_RDONLY);
    if (fd < 0 || errno != error) {
        printf("%d instead of %d\n", errno, error);
        exit(1);
    }
}

__attribute__((noinline)) static void descend(int depth, int error)
{
    if (depth > 0)
        descend(depth - 1, error);
    else
        open_with(error);
    __asm__ volatile("");
}

int main(void)
{
    for (int error = 0; error < 134; error++)
        descend(error % 40, error); /* leak:all */
    puts("kept");
    return 0;
}
