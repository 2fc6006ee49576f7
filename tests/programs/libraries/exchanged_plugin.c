/* One of two plugins that differ in the size of a frame alone. */
#include "program.h"

int PLUGIN_WORK(void);

__attribute__((noinline)) static int open_one(void)
{
    volatile char room[PLUGIN_FRAME];
    room[0] = 1;
    int fd = must(open("/dev/null", O_RDONLY), "open");
    room[PLUGIN_FRAME - 1] = room[0];
    return fd;
}

int PLUGIN_WORK(void)
{
    volatile int fd = open_one();
    return fd;
}
