/* Where the C library is. Before 2.34 it comes in pieces, whose calls to each other reach our hooks. */
#define _GNU_SOURCE
#include "caller.h"
#include "process.h"

#include <link.h>
#include <string.h>

LW_HOT_DATA struct lw_range lw_libc[LW_LIBC_RANGES];
LW_HOT_DATA uint32_t lw_libc_ranges;

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

static int visit(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    (void)context;
    if (!info->dlpi_name || !is_piece(info->dlpi_name))
        return 0;
    for (uint32_t i = 0; i < info->dlpi_phnum && lw_libc_ranges < LW_LIBC_RANGES; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && info->dlpi_phdr[i].p_flags & PF_X)
            lw_libc[lw_libc_ranges++] =
                (struct lw_range){info->dlpi_addr + info->dlpi_phdr[i].p_vaddr, info->dlpi_phdr[i].p_memsz};
    return 0;
}

void lw_caller_start(void)
{
    lw_libc_ranges = 0;
    dl_iterate_phdr(visit, NULL);
}
