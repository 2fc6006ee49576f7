/* What becomes of a system call that was interrupted as its thread was stopped.
 *
 * DESIGN. Most calls leave an error of the kernel's own: without a handler they are made again, and nobody sees it. Some know
 * no such error, as they were written for signals with handlers alone (signal(7) has a list): they fail by EINTR after any
 * stop. A server that ends when its epoll_wait fails would end of being watched. Of these calls EINTR means that nothing was
 * done, so they are given the error of those that are made again unless a handler comes: then they fail as they always do.
 * What they have waited already is not known: a wait with a limit begins anew. */
#if defined(__x86_64__)
#include "interrupted.h"

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>

/* The kernel's own errors, from its include/linux/errno.h. */
enum { ERESTARTSYS = 512, ERESTARTNOINTR, ERESTARTNOHAND, ERESTART_RESTARTBLOCK = 516 };

#define LENGTH 2 /* of the instruction that makes a call */

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

/* From read on: of sockets that have a limit of time (SO_RCVTIMEO, SO_SNDTIMEO). */
static const unsigned short fail[] = {
    SYS_epoll_wait,   SYS_epoll_pwait,   SYS_epoll_pwait2,   SYS_semop,    SYS_semtimedop, SYS_rt_sigtimedwait,
    SYS_io_getevents, SYS_io_pgetevents, SYS_io_uring_enter, SYS_read,     SYS_readv,      SYS_write,
    SYS_writev,       SYS_recvfrom,      SYS_recvmsg,        SYS_recvmmsg, SYS_sendto,     SYS_sendmsg,
    SYS_sendmmsg,     SYS_accept,        SYS_accept4,        SYS_connect};

static bool may_fail(unsigned long long call)
{
    for (size_t i = 0; i < sizeof fail / sizeof fail[0]; i++)
        if (fail[i] == call)
            return true;
    return false;
}

static bool is_in_call(const struct user_regs_struct *registers)
{
    return (long long)registers->orig_rax >= 0;
}

bool interrupted__make_again(struct user_regs_struct *registers)
{
    if (!is_in_call(registers) || (long long)registers->rax != -EINTR || !may_fail(registers->orig_rax))
        return false;
    registers->rax = (unsigned long long)-ERESTARTNOHAND;
    return true;
}

void interrupted__rewind(struct user_regs_struct *registers)
{
    switch (is_in_call(registers) ? -(long long)registers->rax : 0) {
    case ERESTARTSYS:
    case ERESTARTNOINTR:
    case ERESTARTNOHAND:
        registers->rax = registers->orig_rax;
        break;
    case ERESTART_RESTARTBLOCK:
        registers->rax = SYS_restart_syscall;
        break;
    default:
        return;
    }
    registers->rip -= LENGTH;
}
#endif
