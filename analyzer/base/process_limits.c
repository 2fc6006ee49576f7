/* Limits that the kernel holds a process to. Of another user's process its file alone says them: "Max open files   1024
 * 4096   files"; to write and to read that takes ten times as long as to ask. */
#include "process_limits.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "process_file.h"

static bool read_limit(const char **at, uint64_t *limit)
{
    static const char none[] = "unlimited";
    char *end;
    *at += strspn(*at, " ");
    if (strncmp(*at, none, sizeof none - 1) == 0) {
        *at += sizeof none - 1;
        *limit = RLIM_INFINITY;
        return true;
    }
    *limit = strtoull(*at, &end, 10);
    bool is_number = end != *at;
    *at = end;
    return is_number;
}

static bool ask(uint32_t pid, uint64_t *soft, uint64_t *hard)
{
    struct rlimit limit;
    if (pid == 0 || prlimit((pid_t)pid, RLIMIT_NOFILE, NULL, &limit) != 0 || limit.rlim_max == RLIM_INFINITY)
        return false;
    *soft = limit.rlim_cur;
    *hard = limit.rlim_max;
    return true;
}

static bool look_up(uint32_t pid, const char *name, uint64_t *soft, uint64_t *hard)
{
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

bool process_limits__nofile(uint32_t pid, uint64_t *soft, uint64_t *hard)
{
    return ask(pid, soft, hard) || look_up(pid, "Max open files", soft, hard);
}

uint64_t process_limits__soft(uint32_t pid, int resource)
{
    uint64_t soft = RLIM_INFINITY, hard;
    (void)look_up(pid, resource == RLIMIT_AS ? "Max address space" : "Max locked memory", &soft, &hard);
    return soft;
}
