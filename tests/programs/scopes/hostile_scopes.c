/* Names, reasons and labels of any bytes: cut, shown safely, never confused.
 *
 * expect: scope-leak count=1 call=open scope=aaaaaaaaaaaaaaaaaaaa*a level=error
 * expect: scope-leak count=1 call=open scope=*line*break*
 * expect: scope-leak count=1 call=open scope=*escape*
 * expect: scope-leak count=1 call=open scope=*invalid*
 * expect: scope-leak count=1 call=open scope=unnamed
 * expect: scope-leak count=1 call=open scope=xé*é
 * expect: scope-leak count=1 findings=1 call=open
 */
#include "program.h"

#include "leakwatch/leakwatch.h"

static void __attribute__((noinline)) leave(const char *name)
{
    leakwatch_scope_t scope = leakwatch_scope_begin(name);
    int fd = must(open("/dev/null", O_RDONLY), "open");
    leakwatch_label(LEAKWATCH_FD(fd), name);
    leakwatch_scope_fail(scope, name);
    leakwatch_scope_end(scope);
}

int main(void)
{
    char longest[201];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    const char *names[] = {longest,
                           "line\nbreak\r",
                           "escape \033[31m\033]0;title\a",
                           "invalid \377\300\200 \xe2\x82",
                           "",
                           "x\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"
                           "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"
                           "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"
                           "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9",
                           " > %s%n \"quoted\\\" </script>"};
    for (size_t i = 0; i < COUNT(names); i++)
        leave(names[i]);
    leakwatch_scope_end(leakwatch_scope_begin(NULL));
    return 0;
}
