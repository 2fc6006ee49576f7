/* Opens as many files as it is told through three functions, leaves them open, and closes as many others. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static __attribute__((noinline)) int take(const char *path)
{
    int fd = open(path, O_RDONLY);
    __asm__ volatile("" : "+r"(fd)); /* no tail call */
    return fd;
}

static __attribute__((noinline)) int work(const char *path)
{
    int fd = take(path);
    __asm__ volatile("" : "+r"(fd));
    return fd;
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 1;
    for (int i = 0; i < count; i++) {
        if (work("/./dev/null") < 0)
            return 1;
        close(work("/dev/zero"));
    }
    printf("%d left open\n", count);
    return 0;
}
