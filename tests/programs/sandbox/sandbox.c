/* The program of tests/cli/test_sandbox.py: forbids system calls, or all but some, then executes what follows, which so is
 * born with a filter.
 *
 *     sandbox kill|errno forbid|allow NUMBER,NUMBER… NAME=VALUE… COMMAND ARGUMENT…
 */
#include "program.h"

#include <stdbool.h>
#include <stdint.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define MOST 240

static struct sock_filter rules[2 * MOST + 3];
static size_t count;

static void add(uint16_t code, uint32_t value, uint8_t yes, uint8_t no)
{
    rules[count++] = (struct sock_filter){code, yes, no, value};
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    uint32_t punish = strcmp(argv[1], "kill") == 0 ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | EPERM;
    bool forbid = strcmp(argv[2], "forbid") == 0;
    int at = 4;
    add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
    for (char *number = strtok(argv[3], ","); number && count < 2 * MOST; number = strtok(NULL, ",")) {
        add(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)atoi(number), 0, 1);
        add(BPF_RET | BPF_K, forbid ? punish : SECCOMP_RET_ALLOW, 0, 0);
    }
    add(BPF_RET | BPF_K, forbid ? SECCOMP_RET_ALLOW : punish, 0, 0);
    for (; at < argc && strchr(argv[at], '='); at++)
        putenv(argv[at]);
    struct sock_fprog program = {(unsigned short)count, rules};
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS");
    must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), "PR_SET_SECCOMP");
    syscall(SYS_execve, argv[at], argv + at, environ); /* execve's own hook, were there one, has more to do */
    return 99;
}
