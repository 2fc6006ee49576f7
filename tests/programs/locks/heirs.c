/* Robust mutexes whose owners have just ended: who joins one has its mutex at once, while the kernel still has its number. For a
 * moment that is always so; here another process sees to it that it stays so, as debuggers do. Nothing is held by one that has
 * ended.
 *
 * expect: lock-misuse count=3 findings=1 said="got, and its owner had died" function=takes_and_ends error=EOWNERDEAD level=note
 */
#include "program.h"

#include <signal.h>
#include <stdbool.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "locks.h"

enum { OWNERS = 3 };

static pthread_mutex_t mutex;

struct shared {
    _Atomic pid_t wanted; /* whom to keep; 0: nobody yet */
    _Atomic long result;  /* of that; 1: none yet */
};
static struct shared *shared;

static void keep(void)
{
    for (;;) {
        pid_t thread = atomic_exchange(&shared->wanted, 0);
        if (thread != 0)
            atomic_store(&shared->result, ptrace(PTRACE_SEIZE, thread, 0, 0));
        usleep(1000);
    }
}

static void *takes_and_ends(void *nothing)
{
    must_be_zero(pthread_mutex_lock(&mutex), "lock");
    atomic_store(&shared->result, 1);
    atomic_store(&shared->wanted, (pid_t)syscall(SYS_gettid));
    while (atomic_load(&shared->result) == 1)
        usleep(1000);
    return nothing;
}

static pid_t keeper(void)
{
    pid_t child = fork();
    must(child, "fork");
    if (child == 0)
        keep();
    prctl(PR_SET_PTRACER, child, 0, 0, 0);
    return child;
}

int main(void)
{
    pthread_mutexattr_t robust;
    must_be_zero(pthread_mutexattr_init(&robust), "pthread_mutexattr_init");
    must_be_zero(pthread_mutexattr_setrobust(&robust, PTHREAD_MUTEX_ROBUST), "pthread_mutexattr_setrobust");
    must_be_zero(pthread_mutex_init(&mutex, &robust), "pthread_mutex_init");
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = keeper();
    for (int i = 0; i < OWNERS; i++) {
        join(start(takes_and_ends, NULL));
        if (pthread_mutex_trylock(&mutex) != EOWNERDEAD)
            exit(98);
        must_be_zero(pthread_mutex_consistent(&mutex), "consistent");
        must_be_zero(pthread_mutex_unlock(&mutex), "unlock");
    }
    bool is_kept = atomic_load(&shared->result) == 0;
    must(kill(child, SIGKILL), "kill");
    must(waitpid(child, NULL, 0), "waitpid");
    if (!is_kept)
        fputs("no process may keep another one's thread here\n", stderr);
    return is_kept ? 0 : 77;
}
