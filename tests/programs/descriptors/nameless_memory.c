/* Memory that has a descriptor: memfd_create and shm_open.
 *
 * expect: fd-leak count=3 call=memfd_create function=scratch_pad line=pad type=memfd detail=*scratch-pad*
 * expect: fd-leak count=5 call=shm_open function=shared_board type=shm detail=?leakwatch-board*
 */
#include "program.h"

#include <sys/mman.h>

static int scratch_pad(void)
{
    return must(memfd_create("scratch-pad", MFD_CLOEXEC), "memfd_create"); /* leak:pad */
}

static int shared_board(void)
{
    char name[64];
    snprintf(name, sizeof name, "/leakwatch-board.%d", (int)getpid());
    int fd = must(shm_open(name, O_RDWR | O_CREAT, 0600), "shm_open");
    must(shm_unlink(name), "shm_unlink");
    return fd;
}

int main(void)
{
    static const struct deed deeds[] = {{scratch_pad, 7, 3}, {shared_board, 2, 5}};
    do_deeds(deeds, COUNT(deeds));
    return 0;
}
