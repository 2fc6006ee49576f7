/* What a program needs in its environment to be watched. */
#include "environment.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/heap.h"
#include "directory.h"
#include "filters.h"

#ifndef LEAKWATCH_LIBRARY_FROM_COMMAND
#define LEAKWATCH_LIBRARY_FROM_COMMAND "../lib/libleakwatch.so"
#endif

#ifndef LEAKWATCH_LIBRARY_OF_MACHINE
#define LEAKWATCH_LIBRARY_OF_MACHINE "../lib64/libleakwatch.so"
#endif

#ifndef LEAKWATCH_PYTHON_FROM_COMMAND
#define LEAKWATCH_PYTHON_FROM_COMMAND "../share/leakwatch/python"
#endif

/* From the directory of this command. */
static const char *const library_places[] = {"libleakwatch.so", LEAKWATCH_LIBRARY_FROM_COMMAND,
                                             LEAKWATCH_LIBRARY_OF_MACHINE, "../lib/libleakwatch.so",
                                             "../lib64/libleakwatch.so"};

static const char *const python_places[] = {"python/leakwatch.py", LEAKWATCH_PYTHON_FROM_COMMAND "/leakwatch.py",
                                            "../share/leakwatch/python/leakwatch.py"};

static char *own_directory(void)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0)
        return NULL;
    path[length] = '\0';
    *strrchr(path, '/') = '\0';
    return heap__copied(path);
}

/* The first of these places that there is. */
static char *find_place(const char *const *places, size_t count)
{
    char *directory = own_directory(), *found = NULL;
    for (size_t i = 0; directory != NULL && found == NULL && i < count; i++) {
        char *path = heap__printed("%s/%s", directory, places[i]);
        found = realpath(path, NULL);
        free(path);
    }
    free(directory);
    return found;
}

char *environment__library(void)
{
    const char *named = getenv("LEAKWATCH_LIBRARY");
    if (named != NULL && named[0] != '\0')
        return realpath(named, NULL);
    return find_place(library_places, sizeof library_places / sizeof library_places[0]);
}

char *environment__python(void)
{
    char *module = find_place(python_places, sizeof python_places / sizeof python_places[0]);
    if (module != NULL)
        *strrchr(module, '/') = '\0';
    return module;
}

bool environment__can_preload(const char *path)
{
    return strpbrk(path, " :") == NULL;
}

/* The user's text and ours, with a colon between them. */
static void join(const char *name, const char *first, const char *second)
{
    char *both = heap__printed("%s%s%s", first, first[0] != '\0' && second[0] != '\0' ? ":" : "", second);
    if (setenv(name, both, 1) != 0)
        heap__ran_out();
    free(both);
}

static const char *own_or_empty(const char *name)
{
    const char *value = getenv(name);
    return value ? value : "";
}

/* By this a process knows that the directory is gone, not merely out of its sight. */
static uint32_t number_above(const char *directory)
{
    struct stat status;
    char *above = heap__printed("%s/..", directory);
    uint32_t number = stat(above, &status) == 0 ? (uint32_t)status.st_ino : 0;
    free(above);
    return number;
}

/* The last setting of a key is in force; values with a colon are quoted. */
static void set_options(const struct run_directory *directory)
{
    const char *path = directory->path, *workers = directory->workers.below;
    const char *quote = strpbrk(path, " :") == NULL ? "" : strchr(path, '\'') == NULL ? "'" : "\"";
    unsigned filters = filters__harmless();
    char *options = heap__printed("workers=%s:above=%" PRIu32 ":passing=%d:roll=%d:dir=%s%s%s:keep=all:quiet=1",
                                  workers != NULL ? workers : "", number_above(path), directory->is_private,
                                  directory->has_roll, quote, path, quote);
    join("LEAKWATCH_OPTIONS", own_or_empty("LEAKWATCH_OPTIONS"), options);
    free(options);
    if (filters == 0)
        return;
    options = heap__printed("filters=%u", filters);
    join("LEAKWATCH_OPTIONS", own_or_empty("LEAKWATCH_OPTIONS"), options);
    free(options);
}

void environment__prepare(const char *library, const struct run_directory *directory)
{
    if (library == NULL)
        return;
    set_options(directory);
    join("LD_PRELOAD", library, own_or_empty("LD_PRELOAD"));
    join("ASAN_OPTIONS", own_or_empty("ASAN_OPTIONS"), "verify_asan_link_order=0");
}
