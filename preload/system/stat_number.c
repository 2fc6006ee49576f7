/* fstat, by the call that this C library makes of it, and that a filter so cannot forbid to any program. */
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "system.h"

/* The first C library that asks by an empty name. */
#define BY_NAME 33

static bool asks_by_name(void)
{
    const char *dot = strchr(gnu_get_libc_version(), '.');
    return dot && strtol(dot + 1, NULL, 10) >= BY_NAME;
}

long lw_stat_number(int number, struct stat *about)
{
    static int by_name; /* 1: yes, 2: no */
    if (!by_name)
        by_name = asks_by_name() ? 1 : 2;
    if (by_name == 1)
        return lw_system4(SYS_newfstatat, number, "", about, AT_EMPTY_PATH);
    return lw_system2(SYS_fstat, number, about);
}
