/* Where the C library is. Before 2.34 it comes in pieces, whose calls to each other reach our hooks. */
#define _GNU_SOURCE
#include "caller.h"
#include "process/process.h"
#include "system/system.h"

#include <link.h>
#include <string.h>

LW_HOT_DATA struct lw_range lw_libc[LW_LIBC_RANGES];
LW_HOT_DATA uint32_t lw_libc_callers;
static LW_START_DATA uint32_t ranges;

static bool is_piece(const char *path)
{
    static const char pieces[][16] = {"libc.so", "libc-2",       "libpthread", "librt.so",
                                      "librt-",  "libresolv",    "libutil.so", "libutil-",
                                      "libanl",  "libnss_files", "libnss_dns", "libnss_compat"};
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++)
        if (strncmp(name, pieces[i], strlen(pieces[i])) == 0)
            return true;
    return false;
}

static LW_START_CODE int visit(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    (void)context;
    if (!info->dlpi_name || !is_piece(info->dlpi_name))
        return 0;
    for (uint32_t i = 0; i < info->dlpi_phnum && ranges < LW_LIBC_RANGES; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && info->dlpi_phdr[i].p_flags & PF_X)
            lw_libc[ranges++] =
                (struct lw_range){info->dlpi_addr + info->dlpi_phdr[i].p_vaddr, info->dlpi_phdr[i].p_memsz};
    return 0;
}

/* In one piece, the C library never comes back into hooks by itself: what it calls from there is a callback of the
 * program's (a key destructor that is fclose, say). */
static bool is_one_piece(void)
{
    return lw_libc_is_whole;
}

LW_START_CODE void lw_caller_start(void)
{
    ranges = 0;
    dl_iterate_phdr(visit, NULL);
    lw_libc_callers = is_one_piece() ? 0 : ranges;
}

LW_START_CODE bool lw_in_libc(uint64_t address)
{
    return lw_in_ranges(address, ranges);
}
