/* 70 scopes in each other: 64 are told apart, the others may be begun, used and ended all the same, and what is acquired
 * in them belongs to the deepest.
 *
 * expect: scope-leak count=1 findings=1 call=open function=descend scope=level*>*level
 * expect-scope: path=level kind=named entered=1 ended=1 left=0
 */
#include "program.h"

#include "leakwatch/leakwatch.h"

enum { DEPTH = 70 };

static size_t descend(int depth)
{
    leakwatch_scope_t scope = leakwatch_scope_begin("level");
    size_t left = 0;
    if (depth < DEPTH)
        left = descend(depth + 1);
    else
        must(open("/dev/null", O_RDONLY), "open");
    leakwatch_scope_fail(scope, "to be called with any");
    left += leakwatch_scope_end(scope);
    return left;
}

int main(void)
{
    size_t left = descend(1);
    if (leakwatch_active() && left != 1) {
        fprintf(stderr, "left %zu\n", left);
        return 1;
    }
    return 0;
}
