/* reuse=late.
 *
 * DESIGN. The kernel gives the lowest free number, which often is the one that was closed last. So what it gave is moved on
 * to the number that was not given out for longest: they are taken in turn, up to the limit or FD_SETSIZE, beyond which
 * select cannot see. There, what the kernel gave is kept once, and what comes next follows behind it. Standard numbers
 * stay: programs close one of these and open what is to take its place.
 *
 * To move means to close the first number, and closing any descriptor of a file gives up all record locks that the process
 * has on it. So files stay from the first time on that the program asks for such a lock. */
#include "reuse.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/select.h>
#include <sys/syscall.h>

#include "process/process.h"
#include "system/system.h"

#define STANDARD 2 /* the highest of the standard numbers */

LW_HOT_DATA bool lw_reusing_late;
static int next = STANDARD + 1;
static LW_START_DATA bool locks_records;

void lw_locks_records(void)
{
    __atomic_store_n(&locks_records, true, __ATOMIC_RELAXED);
}

static void go_on_behind(int fd)
{
    __atomic_store_n(&next, fd + 1 < FD_SETSIZE ? fd + 1 : STANDARD + 1, __ATOMIC_RELAXED);
}

/* A copy at or behind this number, closed by exec as the original is; negative: there is no place. */
static int copy_behind(int fd, int from)
{
    long flags = lw_system2(SYS_fcntl, fd, F_GETFD);
    if (flags < 0)
        return -1;
    long copy = lw_system3(SYS_fcntl, fd, flags & FD_CLOEXEC ? F_DUPFD_CLOEXEC : F_DUPFD, from);
    if (copy >= FD_SETSIZE) {
        lw_system1(SYS_close, copy);
        return -1;
    }
    return (int)copy;
}

int lw_number_moved(int fd, bool is_file)
{
    int from = __atomic_load_n(&next, __ATOMIC_RELAXED);
    if (fd <= STANDARD || lw_strict || (is_file && __atomic_load_n(&locks_records, __ATOMIC_RELAXED)))
        return fd;
    int copy = fd < from ? copy_behind(fd, from) : -1;
    if (copy >= 0)
        lw_system1(SYS_close, fd);
    else
        copy = fd;
    go_on_behind(copy);
    return copy;
}

void lw_ends_moved(int ends[2])
{
    for (int i = 0; i < 2; i++)
        ends[i] = lw_number_moved(ends[i], false);
}
