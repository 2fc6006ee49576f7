/* A million entries need no more of the ledger than a thousand, and a million resources that come and go in one scope
 * need no more memory than a few.
 *
 * expect-scope: path=entry kind=named entered=1000000 ended=1000000 left=0
 * expect-scope: path=long kind=named entered=1 ended=1 left=0 most_held=1
 */
#include "growth.h"

enum { FEW = 1000, MANY = 1000000, MOST_GROWTH = 64 /* KiB: a byte for each would be 977 */ };

static void enter(int times)
{
    for (int i = 0; i < times; i++)
        leakwatch_scope_end(leakwatch_scope_begin("entry"));
}

static void come_and_go(int times)
{
    for (int i = 0; i < times; i++)
        must(close(must(open("/dev/null", O_RDONLY), "open")), "close");
}

int main(void)
{
    enter(FEW);
    long before = taken_kilobytes();
    enter(MANY - FEW);
    must_not_have_grown(before, MOST_GROWTH);
    leakwatch_scope_t scope = leakwatch_scope_begin("long");
    come_and_go(FEW);
    before = taken_kilobytes();
    come_and_go(MANY);
    must_not_have_grown(before, MOST_GROWTH);
    leakwatch_scope_end(scope);
    return 0;
}
