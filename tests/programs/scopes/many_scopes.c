/* More names of scopes than there is room for: the later ones are not told apart, and the report says so.
 *
 * expect: scope-leak count=5 findings=5 scope=request?* call=open function=handle
 * expect: scope-leak count=5 findings=1 scope="(other scopes)" call=open function=handle
 * expect-text: *records were folded: tables were full*
 */
#include "program.h"

#include "leakwatch/leakwatch.h"

static void __attribute__((noinline)) handle(int number)
{
    char name[32];
    snprintf(name, sizeof name, "request %d", number);
    LEAKWATCH_SCOPE(name) {
        int fd = must(open("/dev/null", O_RDONLY), "open");
        if (number % 1000 != 1)
            must(close(fd), "close");
    }
}

int main(void)
{
    for (int number = 0; number < 10000; number++)
        handle(number);
    return 0;
}
