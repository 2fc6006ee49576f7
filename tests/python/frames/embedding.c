/* Loads libpython with RTLD_LOCAL, runs Python in it twice, unloads it, opens files without it, and does it all again:
 * embedding LIBRARY FILE-OF-PYTHON */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *library;

static void find(const char *name, void *place)
{
    void *found = dlsym(library, name);
    if (!found) {
        printf("%s: %s\n", name, dlerror());
        exit(1);
    }
    memcpy(place, &found, sizeof found);
}

__attribute__((noinline)) static void open_without(const char *path)
{
    for (int i = 0; i < 3; i++)
        if (open(path, O_RDONLY) < 0)
            exit(2);
}

static void run(const char *text)
{
    void (*begin)(int);
    int (*run_text)(const char *, void *), (*end)(void);
    find("Py_InitializeEx", &begin);
    find("PyRun_SimpleStringFlags", &run_text);
    find("Py_FinalizeEx", &end);
    for (int i = 0; i < 2; i++) {
        begin(0);
        if (run_text(text, NULL) != 0)
            exit(3);
        end();
        open_without("/dev/null");
    }
}

static char *read_text(const char *path)
{
    static char text[65536];
    FILE *file = fopen(path, "re");
    if (!file || fread(text, 1, sizeof text - 1, file) == 0)
        exit(4);
    fclose(file);
    return text;
}

int main(int count, char **arguments)
{
    if (count != 3)
        return 5;
    const char *text = read_text(arguments[2]);
    for (int turn = 0; turn < 2; turn++) {
        library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
        if (!library) {
            printf("%s\n", dlerror());
            return 6;
        }
        run(text);
        dlclose(library);
        open_without("/dev/zero");
        puts(dlopen(arguments[1], RTLD_NOW | RTLD_NOLOAD) ? "stays" : "unloaded");
    }
    return 0;
}
