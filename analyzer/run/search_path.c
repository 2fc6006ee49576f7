/* Finds a command as execvp does. */
#include "search_path.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/heap.h"

/* Where PATH is not set; the working directory is not among them. */
static const char usual_path[] = "/bin:/usr/bin";

static bool is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISDIR(status.st_mode);
}

/* The first that can be executed, or else the first that is there. */
static char *search(char *directories, const char *command)
{
    char *second_best = NULL, *directory;
    while ((directory = strsep(&directories, ":")) != NULL) {
        char *path = heap__printed("%s%s%s", directory, directory[0] != '\0' ? "/" : "./", command);
        if (is_file(path) && access(path, X_OK) == 0) {
            free(second_best);
            return path;
        }
        if (second_best == NULL && is_file(path))
            second_best = path;
        else
            free(path);
    }
    return second_best;
}

char *search_path__find(const char *command)
{
    const char *path = getenv("PATH");
    if (command[0] == '\0')
        return NULL;
    if (strchr(command, '/') != NULL)
        return heap__copied(command);
    char *directories = heap__copied(path ? path : usual_path);
    char *found = search(directories, command);
    free(directories);
    return found;
}
