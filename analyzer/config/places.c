/* Where configuration files are looked for. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/heap.h"
#include "config.h"

char *config_place__user(void)
{
    const char *above = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (above != NULL && above[0] == '/')
        return heap__printed("%s/leakwatch/config", above);
    return home != NULL && home[0] == '/' ? heap__printed("%s/.config/leakwatch/config", home) : NULL;
}

static char *place_in(const char *directory, const char *name)
{
    return heap__printed("%s%s%s", directory, strcmp(directory, "/") == 0 ? "" : "/", name);
}

/* A dangling link is there, too: it had better be told of. */
static bool has(const char *directory, const char *name)
{
    struct stat status;
    char *path = place_in(directory, name);
    bool is_there = lstat(path, &status) == 0;
    free(path);
    return is_there;
}

static bool is_home(const char *directory)
{
    struct stat own, home;
    const char *path = getenv("HOME");
    return path != NULL && stat(path, &home) == 0 && stat(directory, &own) == 0 && own.st_dev == home.st_dev &&
           own.st_ino == home.st_ino;
}

/* A project's top is where its history is. Nobody's home is part of a project, nor is what lies above. */
char *config_place__project(void)
{
    char *directory = getcwd(NULL, 0), *found = NULL;
    while (directory != NULL && directory[0] == '/' && found == NULL) {
        if (has(directory, ".leakwatch"))
            found = place_in(directory, ".leakwatch");
        else if (has(directory, ".git") || is_home(directory) || strcmp(directory, "/") == 0)
            break;
        char *slash = strrchr(directory, '/');
        slash[slash == directory ? 1 : 0] = '\0';
    }
    free(directory);
    return found;
}
