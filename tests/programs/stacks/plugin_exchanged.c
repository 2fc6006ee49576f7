/* Loads two plugins in turn, whose code lies at the same addresses but has frames of different sizes: what was learnt of
 * the one must not be used for the other. Every stack reaches main.
 *
 * expect: fd-leak count=3 call=open function=small_plugin_works line=load
 * expect: fd-leak count=3 call=open function=large_plugin_works line=load
 */
#include "program.h"

#include <dlfcn.h>

static void let_work(const char *directory, const char *name)
{
    char path[4096], function[64];
    snprintf(path, sizeof path, "%s/lib%s_plugin.so", directory, name);
    snprintf(function, sizeof function, "%s_plugin_works", name);
    void *plugin = must_have(dlopen(path, RTLD_NOW | RTLD_LOCAL), "dlopen");
    void *symbol = must_have(dlsym(plugin, function), "dlsym");
    int (*work)(void);
    memcpy(&work, &symbol, sizeof work);
    printf("%d\n", work()); /* leak:load */
    must(-dlclose(plugin), "dlclose");
}

/* The plugins lie beside the program. */
int main(int count, char **arguments)
{
    (void)count;
    char *slash = strrchr(arguments[0], '/');
    if (slash == NULL)
        return 98;
    *slash = '\0';
    for (int i = 0; i < 3; i++) {
        let_work(arguments[0], "small");
        let_work(arguments[0], "large");
    }
    return 0;
}
