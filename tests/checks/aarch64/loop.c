/* Opens and closes a file as often as it is told, twelve calls deep. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static __attribute__((noinline)) int take(int depth)
{
    int fd = depth ? take(depth - 1) : open("/dev/null", O_RDONLY);
    __asm__ volatile("" : "+r"(fd));
    return fd;
}

static __attribute__((noinline)) void give(int fd, int depth)
{
    if (depth)
        give(fd, depth - 1);
    else
        close(fd);
    __asm__ volatile("");
}

int main(int argc, char **argv)
{
    for (int i = argc > 1 ? atoi(argv[1]) : 0; i > 0; i--)
        give(take(10), 10);
    return 0;
}
