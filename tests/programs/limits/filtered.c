/* Allows itself only the system calls that it needs and is killed for any other, as sandboxes do; goes on opening, with new
 * stacks and in numbers that it has not used before. One extra system call of leakwatch ends it.
 *
 * expect: fd-leak count=3 call=openat function=forget_before line=before type=file
 * expect: fd-leak count=5 call=openat function=forget_behind type=file
 * expect-exit: 5
 * needs: x86_64
 */
#include "program.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define ALLOW(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static int forget_before(void)
{
    return must(openat(AT_FDCWD, "filter.txt", O_RDWR | O_CREAT, 0600), "openat"); /* leak:before */
}

static int forget_behind(void)
{
    return must(openat(AT_FDCWD, "filter.txt", O_RDONLY), "openat");
}

static int socket_behind(void)
{
    return must(socket(AF_UNIX, SOCK_DGRAM, 0), "socket");
}

static void lock_the_door(void)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(SYS_openat),
        ALLOW(SYS_close),
        ALLOW(SYS_socket),
        ALLOW(SYS_write),
        ALLOW(SYS_exit_group),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {COUNT(rules), rules};
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS");
    must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), "PR_SET_SECCOMP");
}

int main(void)
{
    static const struct deed before[] = {{forget_before, 2, 3}};
    static const struct deed behind[] = {{forget_behind, 700, 5}, {socket_behind, 300, 0}};
    static char room[BUFSIZ];
    setvbuf(stdout, room, _IOFBF, sizeof room);
    do_deeds(before, COUNT(before));
    lock_the_door();
    do_deeds(behind, COUNT(behind));
    return 5;
}
