/* What the kernel says of a process, in a file of its own. */
#include "process_file.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATH = 64 };

bool process_file__read(uint32_t pid, const char *name, char *text, size_t room)
{
    char path[PATH];
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/%s", pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t length = read(fd, text, room - 1);
    int error = errno; /* it may have ended since then */
    close(fd);
    errno = error;
    text[length > 0 ? length : 0] = '\0';
    return length >= 0;
}

bool process_file__descriptors(uint32_t pid, uint64_t limit, uint64_t *count)
{
    char path[PATH];
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/fd", pid);
    DIR *directory = opendir(path);
    if (directory == NULL)
        return false;
    *count = 0;
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;)
        *count += isdigit((unsigned char)entry->d_name[0]) && strtoull(entry->d_name, NULL, 10) < limit;
    closedir(directory);
    return true;
}
