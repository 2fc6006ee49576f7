/* A child by vfork and exec inside a scope shares its parent's memory: what it opens, closes, begins and ends is none of
 * the parent's business.
 *
 * expect: scope-leak count=5 findings=1 call=open function=main line=kept scope=job level=error left=5
 * expect-scope: path=job kind=named entered=5 ended=5 failed=0 left=5 most_held=2
 */
#include "program.h"

#include "leakwatch/leakwatch.h"

static pid_t __attribute__((noinline)) run(const char *program)
{
    pid_t child = vfork(); // NOLINT(clang-analyzer-security.insecureAPI.vfork): it is what is tested
    if (child == 0) {
        leakwatch_scope_t scope = leakwatch_scope_begin("child");
        open("/dev/null", O_RDONLY | O_CLOEXEC);
        leakwatch_scope_end(scope);
        leakwatch_scope_end(NULL);
        execl(program, program, (char *)NULL);
        _exit(42);
    }
    return child;
}

int main(void)
{
    for (int i = 0; i < 5; i++) {
        LEAKWATCH_SCOPE("job") {
            must(open("/dev/null", O_RDONLY), "open"); /* leak:kept */
            int wanted = i % 2 ? 42 : 0;
            if (end_of(must(run(wanted ? "/no/such/program" : "/bin/true"), "vfork")) != wanted)
                return 1;
        }
    }
    return 0;
}
