/* Scopes of constructors, which run before main, of functions that exit calls, and of destructors.
 *
 * expect: scope-leak count=1 call=open function=before_main scope=constructor
 * expect: scope-leak count=1 call=open function=at_exit scope=atexit
 * expect: scope-leak count=1 call=open function=after_main scope=destructor
 */
#include "program.h"

#include "leakwatch/leakwatch.h"

__attribute__((constructor(102))) static void before_main(void)
{
    LEAKWATCH_SCOPE("constructor") {
        must(open("/dev/null", O_RDONLY), "open");
    }
}

static void at_exit(void)
{
    LEAKWATCH_SCOPE("atexit") {
        must(open("/dev/null", O_RDONLY), "open");
    }
}

__attribute__((destructor(102))) static void after_main(void)
{
    LEAKWATCH_SCOPE("destructor") {
        must(open("/dev/null", O_RDONLY), "open");
    }
}

int main(void)
{
    atexit(at_exit);
    return 0;
}
