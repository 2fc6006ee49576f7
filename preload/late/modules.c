/* A list of the modules that are loaded, made at once: no exception of another thread waits longer for that. */
#include "late.h"

#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "stack/stack.h"
#include "system/system.h"

#define MOST 8192u

/* As they stand in /lib: what stacks are walked with. */
static bool is_for_walking(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL, *name = slash ? slash + 1 : "";
    return strncmp(name, "libunwind", 9) == 0 || strncmp(name, "liblzma", 7) == 0;
}

static bool is_in(const struct lw_late_module *module, uint64_t address)
{
    return address >= module->start && address < module->end;
}

static bool is_libcs(const struct lw_late_module *module)
{
    for (uint32_t i = 0; i < LW_LIBC_RANGES; i++)
        if (lw_libc[i].length && is_in(module, lw_libc[i].start))
            return true;
    return false;
}

static bool is_fixed(const struct lw_late_module *module, const char *path)
{
    return is_in(module, (uint64_t)lw_late_modules_list) || is_in(module, getauxval(AT_BASE)) ||
           is_in(module, getauxval(AT_SYSINFO_EHDR)) || is_libcs(module) || is_for_walking(path);
}

static int note(struct dl_phdr_info *info, size_t size, void *context)
{
    struct lw_late_modules *modules = context;
    struct lw_late_module module = {info->dlpi_addr, UINT64_MAX, 0, info->dlpi_phdr, info->dlpi_phnum, false};
    (void)size;
    for (uint32_t i = 0; i < module.count; i++) {
        const ElfW(Phdr) *header = &module.headers[i];
        uint64_t start = module.base + header->p_vaddr, end = start + header->p_memsz;
        if (header->p_type != PT_LOAD)
            continue;
        module.start = start < module.start ? start : module.start;
        module.end = end > module.end ? end : module.end;
    }
    module.is_ours_or_libcs = is_fixed(&module, info->dlpi_name);
    if (modules->count < MOST)
        modules->list[modules->count++] = module;
    return 0;
}

void lw_late_modules_list(struct lw_late_modules *modules)
{
    *modules = (struct lw_late_modules){.room = MOST * sizeof *modules->list};
    long at = lw_syscall6(SYS_mmap, 0, (long)modules->room, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (lw_is_error(at))
        return;
    modules->list = (struct lw_late_module *)at;
    dl_iterate_phdr(note, modules);
}

void lw_late_modules_free(struct lw_late_modules *modules)
{
    if (modules->list)
        lw_system2(SYS_munmap, modules->list, modules->room);
    modules->list = NULL;
}
