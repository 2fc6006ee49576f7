/* A program whose code lies far from its headers, and a plugin like that: the loader tells of each part as if it were a
 * module, and what says how to unwind it is in another. Every stack reaches main, of frames that keep no frame pointer.
 *
 * expect: fd-leak count=7 call=open function=main line=own
 * expect: fd-leak count=5 call=open function=apart_plugin_works line=plugin
 */
#include "program.h"

#include <dlfcn.h>

__attribute__((noinline)) static void descend(int depth)
{
    volatile char room[100] = {0};
    if (depth > 0)
        descend(depth - 1);
    else
        must(open("/dev/null", O_RDONLY), "open");
    (void)room[99];
}

/* The plugin lies beside the program. */
int main(int count, char **arguments)
{
    (void)count;
    char path[4096], *slash = strrchr(arguments[0], '/');
    if (slash == NULL)
        return 98;
    for (int i = 0; i < 7; i++)
        descend(i % 3); /* leak:own */
    snprintf(path, sizeof path, "%.*s/libapart_plugin.so", (int)(slash - arguments[0]), arguments[0]);
    void *symbol = must_have(dlsym(must_have(dlopen(path, RTLD_NOW), "dlopen"), "apart_plugin_works"), "dlsym");
    int (*work)(void);
    memcpy(&work, &symbol, sizeof work);
    for (int i = 0; i < 5; i++)
        must(work(), "work"); /* leak:plugin */
    return 0;
}
