/* Pseudo terminals. */
#include <fcntl.h>
#include <pty.h>
#include <stdint.h>
#include <stdlib.h>
#include <utmp.h>

#include "hook.h"
#include "process/process.h"

LW_ACQUIRE_FD(posix_openpt, (int flags), (flags), "/dev/ptmx", .text = "/dev/ptmx", .open_flags = (uint32_t)flags,
              .cloexec = flags & O_CLOEXEC)
LW_ACQUIRE_FD(getpt, (void), (), "/dev/ptmx", .text = "/dev/ptmx", .open_flags = O_RDWR)

LW_EXPORT int openpty(int *master, int *slave, char *name, const struct termios *mode, const struct winsize *size)
{
    LW_ENTER_OR_RETURN(openpty, (master, slave, name, mode, size));
    int ends[2] = {-1, -1};
    int lw_result = LW_UNLESS_INJECTED(openpty, -1, NULL, (master, slave, name, mode, size));
    if (lw_result == 0) {
        ends[0] = *master;
        ends[1] = *slave;
    }
    lw_acquired_pair(&lw_call, lw_result, ends, LW_KIND_OF_openpty, NULL);
    return lw_result;
}

/* The parent gets the master and a child. The child is another process: it has nothing to book here. */
LW_EXPORT int forkpty(int *master, char *name, const struct termios *mode, const struct winsize *size)
{
    LW_ENTER_OR_RETURN(forkpty, (master, name, mode, size));
    int lw_result = LW_REAL(forkpty)(master, name, mode, size);
    if (lw_result == 0) {
        lw_fork_noticed();
        return 0;
    }
    lw_acquired_fd(&lw_call, lw_result < 0 ? -1 : *master, LW_KIND_OF_forkpty,
                   &(struct lw_detail){.text = "/dev/ptmx"});
    if (lw_result > 0)
        lw_acquired_handle(&lw_call, (const void *)(uintptr_t)lw_result, LW_CHILD, -1, NULL);
    return lw_result;
}

/* The terminal becomes standard input, output and error; its own number is given back. */
LW_EXPORT int login_tty(int fd)
{
    LW_ENTER_OR_RETURN(login_tty, (fd));
    int lw_result = LW_REAL(login_tty)(fd);
    if (lw_result != 0)
        return lw_result;
    for (int standard = 0; standard <= 2; standard++)
        if (standard != fd) {
            lw_replacing(&lw_call, standard);
            lw_duplicated(&lw_call, fd, standard, false);
        }
    if (fd > 2) {
        lw_releasing_fd(&lw_call, fd);
        lw_released(&lw_call, 0);
    }
    return lw_result;
}
