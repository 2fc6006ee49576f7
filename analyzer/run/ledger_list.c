/* The ledgers of a directory, by name. */
#include "ledger_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/heap.h"
#include "leakwatch/ledger.h"

static bool is_ledger(const char *name)
{
    size_t length = strlen(name), ending = strlen(LW_SUFFIX);
    return length > ending && strcmp(name + length - ending, LW_SUFFIX) == 0;
}

static void take(struct ledger_list *list, char *path)
{
    list->paths = heap__room(list->paths, list->count, &list->room, sizeof(char *));
    list->paths[list->count++] = path;
}

void ledger_list__add(struct ledger_list *list, const char *path)
{
    take(list, heap__copied(path));
}

int ledger_list__read(struct ledger_list *list, const char *directory)
{
    DIR *stream = opendir(directory);
    const struct dirent *entry;
    size_t length = strlen(directory);
    const char *slash = length > 0 && directory[length - 1] == '/' ? "" : "/";
    if (stream == NULL)
        return -1;
    while (errno = 0, (entry = readdir(stream)) != NULL)
        if (is_ledger(entry->d_name))
            take(list, heap__printed("%s%s%s", directory, slash, entry->d_name));
    int error = errno;
    closedir(stream);
    errno = error;
    return error == 0 ? 0 : -1;
}

static bool is_directory(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* By what the directory tells, which saves a call for each file, where its file system tells it. */
static bool is_directory_of(const struct dirent *entry, const char *path)
{
    return entry->d_type == DT_UNKNOWN ? is_directory(path) : entry->d_type == DT_DIR;
}

/* Directories that may not be looked into hold nothing of ours. */
static int read_below(struct ledger_list *list, const char *directory)
{
    DIR *stream = opendir(directory);
    const struct dirent *entry;
    if (stream == NULL)
        return -1;
    while (errno = 0, (entry = readdir(stream)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        char *path = heap__printed("%s/%s", directory, entry->d_name);
        if (is_directory_of(entry, path))
            (void)ledger_list__read(list, path);
        free(path);
    }
    int error = errno;
    closedir(stream);
    errno = error;
    return error == 0 ? 0 : -1;
}

int ledger_list__read_tree(struct ledger_list *list, const char *directory)
{
    return ledger_list__read(list, directory) == 0 ? read_below(list, directory) : -1;
}

static int by_text(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

void ledger_list__sort(struct ledger_list *list)
{
    if (list->count > 1)
        qsort(list->paths, list->count, sizeof(char *), by_text);
}

void ledger_list__remove(struct ledger_list *list, const struct ledger_list *others)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        bool is_other = others->count > 0 &&
                        bsearch(&list->paths[i], others->paths, others->count, sizeof(char *), by_text) != NULL;
        if (is_other)
            free(list->paths[i]);
        else
            list->paths[kept++] = list->paths[i];
    }
    list->count = kept;
}

void ledger_list__clear(struct ledger_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->paths[i]);
    free(list->paths);
    *list = (struct ledger_list){.count = 0};
}
