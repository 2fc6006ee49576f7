/* Loads a plugin, lets it leak, unloads it, and loads another one, which may get the addresses of the first. Each leak
 * must be blamed on the plugin that was there at that time.
 *
 * expect: fd-leak count=3 call=open function=first_plugin_works
 * expect: fd-leak count=5 call=open function=second_plugin_works
 * expect: fd-leak count=7 call=open function=third_plugin_works
 */
#include "program.h"

#include <dlfcn.h>

static void let_work(const char *directory, const char *name, int kept)
{
    char path[4096], function[64];
    snprintf(path, sizeof path, "%s/lib%s_plugin.so", directory, name);
    snprintf(function, sizeof function, "%s_plugin_works", name);
    void *plugin = must_have(dlopen(path, RTLD_NOW | RTLD_LOCAL), "dlopen");
    void *symbol = must_have(dlsym(plugin, function), "dlsym");
    int (*work)(int);
    memcpy(&work, &symbol, sizeof work);
    printf("%s: last number %d\n", name, work(kept));
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
    let_work(arguments[0], "first", 3);
    let_work(arguments[0], "second", 5);
    let_work(arguments[0], "third", 7);
    return 0;
}
