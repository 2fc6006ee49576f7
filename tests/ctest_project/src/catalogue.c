/* What there is to buy: the files of a directory. */
#include <dirent.h>
#include <string.h>

#include "shop.h"

int catalogue__count(const char *directory)
{
    DIR *stream = opendir(directory);
    int count = 0;
    if (stream == NULL)
        return -1;
    while (readdir(stream) != NULL)
        count++;
    closedir(stream);
    return count;
}

int catalogue__has(const char *directory, const char *item)
{
    DIR *stream = opendir(directory); /* leak: found */
    const struct dirent *entry;
    if (stream == NULL)
        return 0;
    while ((entry = readdir(stream)) != NULL)
        if (strcmp(entry->d_name, item) == 0)
            return 1; /* found, and forgotten */
    closedir(stream);
    return 0;
}
