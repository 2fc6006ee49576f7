/* The kernel's line about a process. */
#include "process_stat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "process_file.h"

enum { STATE = 3, PARENT = 4, START = 22 }; /* fields, each behind a space; the program's name, 2, may hold anything */

bool process_stat__read(struct process_stat *stat, uint32_t pid)
{
    char text[1024];
    if (!process_file__read(pid, "stat", text, sizeof text))
        return false;
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

bool process_stat__runs(uint32_t pid, uint64_t start_ticks)
{
    struct process_stat stat;
    return process_stat__read(&stat, pid) && stat.start_ticks == start_ticks && stat.state != 'Z' && stat.state != 'X';
}
