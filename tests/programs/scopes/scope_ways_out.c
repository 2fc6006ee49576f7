/* Every way out of a block ends its scope: its end, return, break, continue and goto. Each way leaves one thing, in one of
 * its ten rounds; break and continue leave the block alone, and not the loop around it.
 *
 * expect: scope-leak count=1 call=open line=through scope=through ended=10 left=1
 * expect: scope-leak count=1 call=open line=return scope=return ended=10 left=1
 * expect: scope-leak count=1 call=open line=break scope=break ended=10 left=1
 * expect: scope-leak count=1 call=open line=continue scope=continue ended=10 left=1
 * expect: scope-leak count=1 call=open line=goto scope="around > goto" ended=10 left=1
 * expect-scope: path=around entered=10 ended=10 left=0
 * expect-scope: path=break entered=10 ended=10 left=1
 */
#include "scopes.h"

static void keep_one(int fd, int round)
{
    if (round != 7)
        must(close(fd), "close");
}

static int return_out(int round)
{
    LEAKWATCH_SCOPE("return") {
        keep_one(open_work("return.txt"), round); /* leak:return */
        return round;
    }
}

static void go_out(int round)
{
    LEAKWATCH_SCOPE("around") {
        LEAKWATCH_SCOPE("goto") {
            keep_one(open_work("goto.txt"), round); /* leak:goto */
            goto out;
        }
    }
out:
    return;
}

int main(void)
{
    int rounds = 0;
    for (int round = 0; round < 10; round++) {
        LEAKWATCH_SCOPE("through") {
            keep_one(open_work("through.txt"), round); /* leak:through */
        }
        rounds += return_out(round) == round;
        LEAKWATCH_SCOPE("break") {
            keep_one(open_work("break.txt"), round); /* leak:break */
            break;
        }
        LEAKWATCH_SCOPE("continue") {
            keep_one(open_work("continue.txt"), round); /* leak:continue */
            continue;
        }
        go_out(round);
    }
    printf("%d rounds\n", rounds);
    return 0;
}
