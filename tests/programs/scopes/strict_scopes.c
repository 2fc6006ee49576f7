/* Scopes of a process in which the library makes no system calls and uses nothing of the C library.
 *
 * settings: strict=1
 * expect: scope-leak count=3 findings=1 call=open function=handle scope=server*request level=error left=3 left_failed=3
 *         only_when_failed=true reason=*refused*
 * expect-scope: path=server*request kind=named entered=10 ended=10 failed=3 left=3 most_held=1
 */
#include "program.h"

#include "leakwatch/leakwatch.h"

static void __attribute__((noinline)) handle(int number)
{
    int fd = must(open("/dev/null", O_RDONLY), "open");
    if (number % 4 == 2)
        leakwatch_scope_fail(NULL, "refused");
    else
        must(close(fd), "close");
}

int main(void)
{
    LEAKWATCH_SCOPE("server") {
        for (int number = 1; number <= 10; number++) {
            LEAKWATCH_SCOPE("request") {
                handle(number);
            }
        }
    }
    return 0;
}
