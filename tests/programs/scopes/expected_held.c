/* What is held on purpose is no finding, neither of its scope nor of the process, and is counted; labels are shown with
 * what is one.
 *
 * expect: scope-leak count=1 call=open function=start line=spool scope=start label=spool
 * expect: fd-leak count=1 call=open function=main label=*end-of-a-long-label
 * expect-total: expected=2
 */
#include "program.h"

#include "leakwatch/leakwatch.h"

static int __attribute__((noinline)) start(void)
{
    int lock = must(open("lock", O_CREAT | O_RDWR, 0600), "open");
    int spool = must(open("lock", O_RDONLY), "open"); /* leak:spool */
    return leakwatch_expect_held(LEAKWATCH_FD(lock), "held until the server ends") != 0 ||
           leakwatch_label(LEAKWATCH_FD(spool), "spool") != 0;
}

int main(void)
{
    int wrong = 0;
    LEAKWATCH_SCOPE("start") {
        wrong += start();
    }
    int fd = must(open("lock", O_RDONLY), "open");
    FILE *log = must_have(fopen("lock", "r"), "fopen");
    wrong += leakwatch_label(LEAKWATCH_FD(fd), "a label of more than sixty-four bytes, of which is kept the "
                                               "end-of-a-long-label") != 0;
    wrong += leakwatch_expect_held(LEAKWATCH_STREAM(log), "the log") != 0;
    if (leakwatch_active()) {
        wrong += leakwatch_expect_held(LEAKWATCH_FD(777), "not open") != -1;
        wrong += leakwatch_label(LEAKWATCH_FD(-1), "no descriptor") != -1;
    }
    printf("%d wrong\n", wrong);
    return wrong != 0;
}
