/* Which C library this is. Read digit by digit: its own functions for that lie on pages that a start need not touch. */
#include <gnu/libc-version.h>

#include "system.h"

LW_START_DATA bool lw_libc_is_whole;

LW_START_CODE uint32_t lw_libc_minor(void)
{
    const char *version = gnu_get_libc_version();
    uint32_t minor = 0;
    if (version[0] != '2' || version[1] != '.')
        return 0;
    for (version += 2; *version >= '0' && *version <= '9'; version++)
        minor = minor * 10 + (uint32_t)(*version - '0');
    return minor;
}
