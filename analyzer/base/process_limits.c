/* Limits that the kernel holds a process to, as its file says: "Max open files   1024   4096   files". */
#include "process_limits.h"

#include <stdlib.h>
#include <string.h>

#include "process_file.h"

static bool read_limit(const char **at, uint64_t *limit)
{
    char *end;
    *limit = strtoull(*at, &end, 10);
    bool is_number = end != *at;
    *at = end;
    return is_number;
}

bool process_limits__nofile(uint32_t pid, uint64_t *soft, uint64_t *hard)
{
    static const char name[] = "Max open files";
    char text[4096];
    uint64_t limits[2];
    if (!process_file__read(pid, "limits", text, sizeof text))
        return false;
    const char *at = strstr(text, name);
    if (at == NULL)
        return false;
    at += strlen(name);
    if (!read_limit(&at, &limits[0]) || !read_limit(&at, &limits[1]))
        return false;
    *soft = limits[0];
    *hard = limits[1];
    return true;
}
