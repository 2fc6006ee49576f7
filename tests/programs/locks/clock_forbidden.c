/* Locks, descriptors and scopes of a process that has forbidden itself to read the processor's clock, for a while and then
 * for good: who reads it all the same is killed.
 *
 * expect: fd-leak count=1 findings=1 call=open level=warning
 * expect-exit: 5
 * needs: x86_64
 * only: launched
 */
#include "program.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "leakwatch/leakwatch.h"
#include "locks.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void work(void)
{
    LEAKWATCH_SCOPE("work") {
        must_be_zero(pthread_mutex_lock(&mutex), "lock");
        must_be_zero(pthread_mutex_unlock(&mutex), "unlock");
    }
}

static int status_of_child(void (*what)(void))
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        what();
        exit(0); /* with the clock forbidden to the last */
    }
    return waitpid(child, &status, 0) == child ? status : -1;
}

static void exits(void)
{
    close(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

/* Past the C library's function. */
static void asks_otherwise(void)
{
    work();
    syscall(SYS_prctl, PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0);
    work();
}
static void gives_up_otherwise(void)
{
    work();
    syscall(SYS_seccomp, 0 /* SECCOMP_SET_MODE_STRICT */, 0, NULL);
    work();
    syscall(SYS_exit, 0);
}

int main(void)
{
    if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
        return 99;
    work();
    if (status_of_child(asks_otherwise) != 0 || status_of_child(gives_up_otherwise) != 0)
        return 94;
    if (prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) != 0)
        return 98;
    work();
    close(open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (status_of_child(exits) != 0)
        return 95;
    if (prctl(PR_SET_TSC, PR_TSC_ENABLE, 0, 0, 0) != 0)
        return 97;
    work();
    if (prctl(PR_SET_SECCOMP, 1, 0, 0, 0) != 0)
        return 96;
    work();
    return (int)syscall(SYS_exit, 5);
}
