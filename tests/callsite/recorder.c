/* Stands for the C library's releases: records who called and jumps back into the harness. */
#include "recorder.h"

#include <execinfo.h>

#include "shapes.h"

jmp_buf back;
void *recorded[RECORDED_AT_MOST];
int recorded_count;

__attribute__((noinline)) static void record(void)
{
    recorded_count = backtrace(recorded, RECORDED_AT_MOST);
}

int give_back(int fd)
{
    record();
    if (fd >= -1)
        longjmp(back, 1);
    return fd;
}

void *reopen(void *stream)
{
    record();
    if (recorded_count > 0)
        longjmp(back, 1);
    return stream;
}
