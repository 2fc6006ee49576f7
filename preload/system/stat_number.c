/* fstat, by the call that this C library makes of it, and that a filter so cannot forbid to any program. */
#include <fcntl.h>
#include <sys/stat.h>

#include "system.h"

/* The first C library that asks by an empty name. */
#define BY_NAME 33

LW_START_CODE long lw_stat_number(int number, struct stat *about)
{
    if (lw_libc_is_whole || lw_libc_minor() >= BY_NAME)
        return lw_system4(SYS_newfstatat, number, "", about, AT_EMPTY_PATH);
    return lw_system2(SYS_fstat, number, about);
}
