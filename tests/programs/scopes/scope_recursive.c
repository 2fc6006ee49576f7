/* A scope that is entered again while it is open: a walk over a tree, three children to a node, five levels. On the third
 * level 7 of 9 nodes forget the directory that they read; each level is a path of its own.
 *
 * expect: scope-leak count=7 class=dir call=opendir function=walk scope="walk > walk > walk" ended=9 left=7 most=1
 * expect-scope: path="walk" entered=1 ended=1 left=0
 * expect-scope: path="walk > walk" entered=3 ended=3 left=0
 * expect-scope: path="walk > walk > walk" entered=9 ended=9 left=7
 * expect-scope: path="walk > walk > walk > walk" entered=27 ended=27 left=0
 * expect-scope: path="walk > walk > walk > walk > walk" entered=81 ended=81 left=0
 */
#include "scopes.h"

#include <dirent.h>

static int third_level;

static void __attribute__((noinline)) walk(int level)
{
    LEAKWATCH_SCOPE("walk") {
        DIR *node = must_have(opendir("."), "opendir");
        for (int child = 0; child < 3 && level < 5; child++)
            walk(level + 1);
        if (level == 3 && ++third_level <= 7)
            return;
        must(closedir(node), "closedir");
    }
}

int main(void)
{
    walk(1);
    puts("walked");
    return 0;
}
