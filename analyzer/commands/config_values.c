/* The value of a line of a configuration file, as the option's argument. */
#include "config_values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/escape.h"
#include "base/heap.h"
#include "serve/server.h"
#include "source/path.h"

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* Of an option whose value ends with a path: where that begins in the value. NULL: it is none. */
static const char *path_in(const struct argp_option *option, const char *value)
{
    static const char *const paths[] = {"FILE", "DIR"};
    if (option->arg == NULL)
        return NULL;
    if (is_one_of(option->arg, paths, sizeof paths / sizeof paths[0]))
        return value;
    const char *equals = strcmp(option->arg, "FORMAT=FILE") == 0 ? strchr(value, '=') : NULL;
    return equals != NULL ? equals + 1 : NULL;
}

static char *whole_path(const struct config_file *file, const char *path)
{
    const char *home = getenv("HOME");
    bool is_of_home = strncmp(path, "~/", 2) == 0 && home != NULL;
    return source_path__join(is_of_home ? home : file->directory, path + (is_of_home ? 2 : 0));
}

static bool is_written(const struct argp_option *option)
{
    static const char *const read[] = {"suppressions", "baseline", "source-root"};
    return !is_one_of(option->name, read, sizeof read / sizeof read[0]);
}

/* As the links in it lead: the nearest directory above the path that there is. */
static char *real_above(const char *path)
{
    char *above = heap__copied(path), *real = NULL;
    while (real == NULL) {
        char *slash = strrchr(above, '/');
        if (slash == NULL || slash == above)
            break;
        *slash = '\0';
        real = realpath(above, NULL);
    }
    free(above);
    return real != NULL ? real : heap__copied("/");
}

/* Of a path, which may be there itself or not. */
static bool is_below(const char *path, const char *directory)
{
    char *root = realpath(directory, NULL), *real = realpath(path, NULL);
    if (real == NULL)
        real = real_above(path);
    bool is_root = root != NULL && strcmp(root, "/") == 0;
    size_t length = root != NULL ? strlen(root) : 0;
    bool is =
        is_root || (root != NULL && strncmp(real, root, length) == 0 && (real[length] == '/' || real[length] == '\0'));
    free(root);
    free(real);
    return is;
}

/* What is no address at all is the command's to refuse. */
static bool widens(const struct argp_option *option, const char *value)
{
    struct server_address address = {.host = NULL};
    bool is_address =
        option->arg != NULL && strcmp(option->arg, "ADDRESS:PORT") == 0 && server_address__parse(&address, value);
    bool is_wide = is_address && !address.is_loopback;
    server_address__clear(&address);
    return is_wide;
}

static bool refuse(const struct config_file *file, const struct config_entry *entry, const char *why)
{
    complain("%s:%zu: %s: %s", file->path, entry->line, entry->key, why);
    return false;
}

bool config_value__is_sound(const struct config_file *file, const struct config_entry *entry,
                            const struct argp_option *option)
{
    if (strcmp(entry->key, "update-baseline") == 0)
        return refuse(file, entry, "is for the command line; here each run would write the baseline");
    if (option->arg == NULL)
        return strcmp(entry->value, "yes") == 0 || strcmp(entry->value, "no") == 0 ||
               refuse(file, entry, "wants yes or no");
    const char *path = path_in(option, entry->value);
    if (path == NULL)
        return !file->is_project || !widens(option, entry->value) ||
               refuse(file, entry, "a project's file has nothing listen but at loopback");
    if (path[0] == '\0')
        return refuse(file, entry, "wants a path");
    char *whole = whole_path(file, path);
    bool may = !file->is_project || !is_written(option) || is_below(whole, file->directory);
    free(whole);
    return may || refuse(file, entry, "a project's file has nothing written outside its directory");
}

bool config_value__says_no(const struct config_entry *entry, const struct argp_option *option)
{
    return option->arg == NULL && strcmp(entry->value, "no") == 0;
}

char *config_value__option(const struct config_file *file, const struct config_entry *entry,
                           const struct argp_option *option)
{
    if (option->arg == NULL)
        return heap__printed("--%s", entry->key);
    const char *path = path_in(option, entry->value);
    if (path == NULL)
        return heap__printed("--%s=%s", entry->key, entry->value);
    char *whole = whole_path(file, path);
    char *word = heap__printed("--%s=%.*s%s", entry->key, (int)(path - entry->value), entry->value, whole);
    free(whole);
    return word;
}

void config_value__print(const char *line)
{
    escape__print(stdout, line, strlen(line));
    putchar('\n');
}
