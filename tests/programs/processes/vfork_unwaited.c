/* Children of vfork that nobody waits for, beside others that are waited for. While the child runs it may do with the stack
 * what it likes below its caller's frame; where it cannot execute its program it ends by itself.
 *
 * expect: child-leak level=error count=5 call=vfork function=start line=vfork
 */
#include "program.h"

/* It is a function of its own, so that what it leaves on the stack is the child's. */
static void __attribute__((noinline)) execute(const char *program)
{
    volatile char there[4096];
    for (size_t i = 0; i < sizeof there; i++)
        there[i] = (char)i;
    execl(program, program, (char *)NULL);
    _exit(42);
}

static pid_t __attribute__((noinline)) start(const char *program)
{
    pid_t child = vfork(); /* leak:vfork */ // NOLINT(clang-analyzer-security.insecureAPI.vfork): it is what is tested
    if (child == 0)
        execute(program);
    return must(child, "vfork");
}

int main(void)
{
    for (int i = 0; i < 9; i++) {
        int wanted = i % 3 ? 0 : 42;
        pid_t child = start(wanted ? "/no/such/program" : "/bin/true");
        siginfo_t info;
        must(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), "waitid");
        if (info.si_status != wanted)
            return 1;
        if (i % 2 && end_of(child) != wanted)
            return 2;
    }
    return 0;
}
