/* What the kernel says of a process, in a file of its own. */
#include "process_file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
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
    close(fd);
    text[length > 0 ? length : 0] = '\0';
    return true;
}
