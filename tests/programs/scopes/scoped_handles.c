/* Streams, directories and children that scopes leave. A stream over a descriptor of the scope is one thing, not two.
 *
 * expect: scope-leak count=1 findings=1 call=fopen class=stream scope=stream
 * expect: scope-leak count=1 findings=1 call=fdopen|open class=stream|fd scope=adopted
 * expect: scope-leak count=1 findings=1 call=opendir class=dir scope=directory
 * expect: scope-leak count=1 findings=1 call=popen class=stream|child scope=piped
 * expect: scope-leak count=1 findings=1 call=posix_spawn class=child scope=spawned
 * expect-scope: path=clean kind=named entered=1 ended=1 left=0
 */
#include "program.h"

#include <dirent.h>
#include <spawn.h>

#include "leakwatch/leakwatch.h"

static void stream(void)
{
    must_have(fopen("/dev/null", "r"), "fopen");
}

static void adopted(void)
{
    must_have(fdopen(must(open("/dev/null", O_RDONLY), "open"), "r"), "fdopen");
}

static void directory(void)
{
    must_have(opendir("/"), "opendir");
}

static void piped(void)
{
    must_have(popen("exit 0", "r"), "popen");
}

static pid_t spawn(void)
{
    char *arguments[] = {(char[]){"true"}, NULL};
    pid_t child;
    if (posix_spawn(&child, "/bin/true", NULL, NULL, arguments, NULL) != 0)
        exit(99);
    return child;
}

static void spawned(void)
{
    spawn();
}

static void clean(void)
{
    fclose(must_have(fdopen(must(open("/dev/null", O_RDONLY), "open"), "r"), "fdopen"));
    closedir(must_have(opendir("/"), "opendir"));
    pclose(must_have(popen("exit 0", "r"), "popen"));
    end_of(spawn());
}

int main(void)
{
    static const struct {
        const char *scope;
        void (*work)(void);
    } works[] = {{"stream", stream}, {"adopted", adopted}, {"directory", directory},
                 {"piped", piped},   {"spawned", spawned}, {"clean", clean}};
    for (size_t i = 0; i < COUNT(works); i++) {
        LEAKWATCH_SCOPE(works[i].scope) {
            works[i].work();
        }
    }
    return 0;
}
