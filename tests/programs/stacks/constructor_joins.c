/* Loads a plugin whose constructor waits for a thread, and that thread's open is the first of all: the loader's lock is
 * held by whoever waits for the hook. A handler is installed, as in programs that do this.
 *
 * expect: fd-leak count=2 call=open function=work
 */
#include "program.h"

#include <dlfcn.h>
#include <signal.h>

static void ignore(int number)
{
    (void)number;
}

/* The plugin lies beside the program. */
int main(int count, char **arguments)
{
    char path[4096];
    (void)count;
    signal(SIGTERM, ignore);
    char *slash = strrchr(arguments[0], '/');
    if (slash == NULL)
        return 98;
    snprintf(path, sizeof path, "%.*s/libjoining_plugin.so", (int)(slash - arguments[0]), arguments[0]);
    must_have(dlopen(path, RTLD_NOW), "dlopen");
    puts("loaded");
    return 0;
}
