/* The kernel's line about a process. */
#include "process_stat.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STATE = 3, PARENT = 4, START = 22 }; /* fields, each behind a space; the program's name, 2, may hold anything */

bool process_stat__read(struct process_stat *stat, uint32_t pid)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    text[length > 0 ? length : 0] = '\0';
    *stat = (struct process_stat){0};
    const char *at = strrchr(text, ')');
    for (int field = STATE; at != NULL && (at = strchr(at, ' ')) != NULL; field++) {
        at++;
        if (field == STATE)
            stat->state = *at;
        else if (field == PARENT)
            stat->parent = (uint32_t)strtoul(at, NULL, 10);
        else if (field == START) {
            stat->start_ticks = strtoull(at, NULL, 10);
            return true;
        }
    }
    errno = 0;
    return false;
}
