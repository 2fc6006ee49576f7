/* Given back in the order of acquisition instead of the reverse: a note, where it is asked for.
 *
 * settings: order=1
 * expect: release-order count=7 level=note call=open function=first_in_first_out line=older scope=work
 */
#include "program.h"

#include "leakwatch/leakwatch.h"

static void __attribute__((noinline)) first_in_first_out(void)
{
    int older = must(open("/dev/null", O_RDONLY), "open"); /* leak:older */
    int younger = must(open("/dev/null", O_RDONLY), "open");
    must(close(older), "close");
    must(close(younger), "close");
}

static void __attribute__((noinline)) last_in_first_out(void)
{
    int older = must(open("/dev/null", O_RDONLY), "open");
    int younger = must(open("/dev/null", O_RDONLY), "open");
    must(close(younger), "close");
    must(close(older), "close");
}

int main(void)
{
    for (int i = 0; i < 7; i++) {
        LEAKWATCH_SCOPE("work") {
            last_in_first_out();
            first_in_first_out();
        }
    }
    return 0;
}
