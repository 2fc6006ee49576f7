/* The program of tests/cli/test_gate_causes.py: a child forbids itself to make files (hostile), something that nobody needs
 * (harmless), or nothing, by the name of prctl or by the number of seccomp, and executes what follows. The parent only asks
 * what the kernel knows, as libraries for filters do.
 *
 *     filtering hostile|harmless|none name|number COMMAND ARGUMENT…
 */
#include "program.h"

#include <stdbool.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define UNLESS(number, skipped) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, skipped)
#define REFUSE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static struct sock_filter hostile[] = {
    LOAD(nr),      UNLESS(SYS_ftruncate, 1),
    REFUSE,        UNLESS(SYS_openat, 3),
    LOAD(args[2]), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_CREAT, 0, 1),
    REFUSE,        ALLOW,
};

static struct sock_filter harmless[] = {LOAD(nr), UNLESS(SYS_reboot, 1), REFUSE, ALLOW};

static bool ask(void)
{
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL) < 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) < 0;
}

static void forbid(const char *kind, bool by_number)
{
    struct sock_fprog program = {COUNT(harmless), harmless};
    if (strcmp(kind, "hostile") == 0)
        program = (struct sock_fprog){COUNT(hostile), hostile};
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS");
    must(by_number ? (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program)
                   : prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program),
         "SECCOMP_MODE_FILTER");
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    if (!ask())
        return 98;
    pid_t child = must(fork(), "fork");
    if (child > 0)
        return end_of(child);
    if (strcmp(argv[1], "none") != 0)
        forbid(argv[1], strcmp(argv[2], "number") == 0);
    execv(argv[3], argv + 3);
    _exit(99);
}
