/* A shared library of our own, mapped without the loader.
 *
 * DESIGN. dlopen in a hook takes the loader's lock, which a constructor may hold while it waits for the very thread that
 * is in the hook, and calls malloc, which the hook may have interrupted. Neither can be found out without waiting or
 * looking through memory that is not ours. What libunwind needs of a loader is little, though: segments are mapped, and
 * addresses filled in. Done here, by a few system calls, it can be done at any time, by several threads at once, and
 * again in a child of fork.
 *
 * The copy is nobody else's: a program that uses the same library has another one, with other data, and neither a
 * debugging library nor a hook of ours hears what ours calls. What it calls is what `provide` gives it.
 *
 * What a plain C library does not need is refused: functions chosen at run time (IFUNC), data of other libraries, thread
 * data at a fixed place. Numbers of the file are checked as far as they say where to read and write. */
#define _GNU_SOURCE
#include "private_library.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "system/system.h"

#define PAGE 4096ULL
#define SEGMENTS 16
#define SIZE_MAX_SANE (64ULL << 20)

enum action { RELATIVE, SYMBOLIC, THREAD };

/* Kinds of relocation, by number; any other is not known. */
static const struct {
    uint32_t type;
    enum action action;
} relocations[] = {
#if defined(__x86_64__)
    {R_X86_64_RELATIVE, RELATIVE},  {R_X86_64_64, SYMBOLIC},     {R_X86_64_GLOB_DAT, SYMBOLIC},
    {R_X86_64_JUMP_SLOT, SYMBOLIC}, {R_X86_64_DTPMOD64, THREAD}, {R_X86_64_DTPOFF64, THREAD},
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
    {R_AARCH64_RELATIVE, RELATIVE},  {R_AARCH64_ABS64, SYMBOLIC},    {R_AARCH64_GLOB_DAT, SYMBOLIC},
    {R_AARCH64_JUMP_SLOT, SYMBOLIC}, {R_AARCH64_TLS_DTPMOD, THREAD}, {R_AARCH64_TLS_DTPREL, THREAD},
    {R_AARCH64_TLSDESC, THREAD},
#define MACHINE EM_AARCH64
#endif
};

struct plan {
    int fd;
    uint64_t file_size, span; /* from the first page of the first segment to the end of the last */
    uint32_t count;
    Elf64_Phdr segment[SEGMENTS];
    const Elf64_Phdr *dynamic;
    lw_provider *provide;
    struct lw_library *library;
};

static uint64_t page_size(void)
{
#if defined(__x86_64__)
    return PAGE;
#else
    return getauxval(AT_PAGESZ);
#endif
}

static uint64_t down(uint64_t value)
{
    return value & ~(page_size() - 1);
}

static uint64_t up(uint64_t value)
{
    return down(value + page_size() - 1);
}

/* ---- Headers ---- */

/* Another machine's is passed by, as the loader does. */
static int judge(const Elf64_Ehdr *header)
{
    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
        return -ENOEXEC;
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
        header->e_machine != MACHINE)
        return -ENOENT;
    bool sound = header->e_type == ET_DYN && header->e_phentsize == sizeof(Elf64_Phdr) && header->e_phnum > 0 &&
                 header->e_phnum <= SEGMENTS;
    return sound ? 0 : -ENOEXEC;
}

/* Segments begin at the same place of a page in memory as in the file, one above the other, and hold what they take. */
static bool is_sound(const struct plan *plan, const Elf64_Phdr *segment, uint64_t end)
{
    return segment->p_filesz <= segment->p_memsz && segment->p_memsz <= SIZE_MAX_SANE &&
           segment->p_vaddr <= SIZE_MAX_SANE && segment->p_offset <= plan->file_size &&
           segment->p_filesz <= plan->file_size - segment->p_offset && segment->p_vaddr >= end &&
           segment->p_vaddr % page_size() == segment->p_offset % page_size();
}

static bool lay_out(struct plan *plan)
{
    for (uint32_t i = 0; i < plan->count; i++) {
        const Elf64_Phdr *segment = &plan->segment[i];
        if (segment->p_type == PT_DYNAMIC)
            plan->dynamic = segment;
        if (segment->p_type == PT_LOAD) {
            if (!is_sound(plan, segment, plan->span))
                return false;
            plan->span = up(segment->p_vaddr + segment->p_memsz);
        }
    }
    return plan->span > 0 && plan->dynamic && plan->dynamic->p_vaddr <= plan->span &&
           plan->dynamic->p_memsz <= plan->span - plan->dynamic->p_vaddr;
}

static int read_headers(struct plan *plan)
{
    Elf64_Ehdr header;
    struct stat about;
    if (lw_system2(SYS_fstat, plan->fd, &about) != 0 || !S_ISREG(about.st_mode) ||
        lw_system4(SYS_pread64, plan->fd, &header, sizeof header, 0) != sizeof header)
        return -ENOEXEC;
    int error = judge(&header);
    if (error)
        return error;
    plan->file_size = (uint64_t)about.st_size;
    plan->count = header.e_phnum;
    long size = (long)(plan->count * sizeof(Elf64_Phdr));
    if (lw_system4(SYS_pread64, plan->fd, plan->segment, size, header.e_phoff) != size || !lay_out(plan))
        return -ENOEXEC;
    return 0;
}

/* ---- Segments ---- */

static int protection(const Elf64_Phdr *segment)
{
    return (segment->p_flags & PF_R ? PROT_READ : 0) | (segment->p_flags & PF_W ? PROT_WRITE : 0) |
           (segment->p_flags & PF_X ? PROT_EXEC : 0);
}

/* It is small, and most of it is needed at once: brought in with the map, a page costs a thirtieth of its fault. */
static long map_at(uint64_t at, uint64_t size, int how, int flags, int fd, uint64_t offset)
{
    long got = lw_syscall6(SYS_mmap, (long)at, (long)size, how, MAP_PRIVATE | MAP_POPULATE | flags, fd, (long)offset);
    return lw_is_error(got) ? got : 0;
}

/* What a segment has beyond its part of the file is zero. */
static long map_segment(const struct plan *plan, const Elf64_Phdr *segment)
{
    uint64_t start = plan->library->base + segment->p_vaddr;
    uint64_t in_file = start + segment->p_filesz, end = up(start + segment->p_memsz), mapped = down(start);
    long error = 0;
    if (segment->p_filesz) {
        mapped = up(in_file);
        error = map_at(down(start), mapped - down(start), protection(segment), MAP_FIXED, plan->fd,
                       down(segment->p_offset));
    }
    if (error == 0 && end > mapped)
        error = map_at(mapped, end - mapped, protection(segment), MAP_FIXED | MAP_ANONYMOUS, -1, 0);
    if (error == 0 && segment->p_flags & PF_W)
        for (uint64_t at = in_file; at < mapped; at++)
            *(uint8_t *)at = 0;
    return error;
}

static long map_segments(struct plan *plan)
{
    struct lw_library *library = plan->library;
    long at = lw_syscall6(SYS_mmap, 0, (long)plan->span, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (lw_is_error(at))
        return at;
    library->base = (uint64_t)at;
    library->size = plan->span;
    for (uint32_t i = 0; i < plan->count; i++) {
        const Elf64_Phdr *segment = &plan->segment[i];
        long error = segment->p_type == PT_LOAD ? map_segment(plan, segment) : 0;
        if (error)
            return error;
        if (segment->p_type == PT_TLS) {
            library->thread_image = library->base + segment->p_vaddr;
            library->thread_length = segment->p_filesz;
            library->thread_size = segment->p_memsz;
        }
    }
    return 0;
}

/* ---- What refers to what ---- */

struct tables {
    uint64_t rela, rela_size, jumps, jumps_size, relative, relative_size;
};

static bool read_dynamic(const struct plan *plan, struct tables *tables)
{
    struct lw_library *library = plan->library;
    const Elf64_Dyn *entry = (const Elf64_Dyn *)(library->base + plan->dynamic->p_vaddr);
    const Elf64_Dyn *end = entry + plan->dynamic->p_memsz / sizeof *entry;
    uint64_t symbols = 0, strings = 0, hashes = 0;
    const struct {
        int64_t tag;
        uint64_t *value;
    } wanted[] = {
        {DT_SYMTAB, &symbols},
        {DT_STRTAB, &strings},
        {DT_GNU_HASH, &hashes},
        {DT_RELA, &tables->rela},
        {DT_RELASZ, &tables->rela_size},
        {DT_JMPREL, &tables->jumps},
        {DT_PLTRELSZ, &tables->jumps_size},
        {36 /* DT_RELR */, &tables->relative},
        {35 /* DT_RELRSZ */, &tables->relative_size},
    };
    for (; entry < end && entry->d_tag != DT_NULL; entry++)
        for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
            if (wanted[i].tag == entry->d_tag)
                *wanted[i].value = entry->d_un.d_val;
    library->exports.base = library->base;
    library->exports.symbols = (const Elf64_Sym *)(library->base + symbols);
    library->exports.strings = (const char *)(library->base + strings);
    library->exports.hashes = (const uint32_t *)(library->base + hashes);
    uint64_t size = library->size;
    return symbols && strings && hashes && symbols < size && strings < size && hashes < size && tables->rela <= size &&
           tables->rela_size <= size - tables->rela && tables->jumps <= size &&
           tables->jumps_size <= size - tables->jumps && tables->relative <= size &&
           tables->relative_size <= size - tables->relative;
}

/* False: it is something that nobody here has. */
static bool resolve(const struct plan *plan, uint32_t number, uint64_t *value)
{
    const struct lw_library *library = plan->library;
    const Elf64_Sym *symbol = &library->exports.symbols[number];
    uint32_t type = ELF64_ST_TYPE(symbol->st_info);
    *value = 0;
    if (number == 0)
        return true;
    if (symbol->st_shndx != SHN_UNDEF) {
        *value = library->base + symbol->st_value;
        return type != STT_GNU_IFUNC;
    }
    *value = (uint64_t)plan->provide(library->exports.strings + symbol->st_name);
    return *value || ELF64_ST_BIND(symbol->st_info) == STB_WEAK;
}

static bool relocate(const struct plan *plan, const Elf64_Rela *relocation)
{
    const struct lw_library *library = plan->library;
    if (relocation->r_offset > library->size - sizeof(uint64_t))
        return false;
    uint64_t *place = (uint64_t *)(library->base + relocation->r_offset), value = library->base;
    uint32_t type = (uint32_t)ELF64_R_TYPE(relocation->r_info), i = 0,
             count = sizeof relocations / sizeof relocations[0];
    while (i < count && relocations[i].type != type)
        i++;
    if (i == count)
        return false;
    if (relocations[i].action == THREAD)
        return true; /* not used where a stack is only walked */
    if (relocations[i].action == SYMBOLIC && !resolve(plan, (uint32_t)ELF64_R_SYM(relocation->r_info), &value))
        return false;
    *place = value + (uint64_t)relocation->r_addend;
    return true;
}

static bool relocate_all(const struct plan *plan, uint64_t table, uint64_t size)
{
    const Elf64_Rela *relocation = (const Elf64_Rela *)(plan->library->base + table);
    for (uint64_t i = 0; i < size / sizeof *relocation; i++)
        if (!relocate(plan, &relocation[i]))
            return false;
    return true;
}

/* Relative ones in short: an even word is a place; an odd one has a bit for each of the 63 words that follow. */
static bool relocate_short(const struct plan *plan, uint64_t table, uint64_t size)
{
    const struct lw_library *library = plan->library;
    const uint64_t *word = (const uint64_t *)(library->base + table);
    uint64_t next = 0;
    for (uint64_t i = 0; i < size / sizeof *word; i++) {
        bool is_place = !(word[i] & 1);
        if (is_place)
            next = word[i];
        if (next > library->size - 64 * sizeof(uint64_t))
            return false;
        uint64_t *place = (uint64_t *)(library->base + next);
        if (is_place)
            *place += library->base;
        for (uint64_t bits = is_place ? 0 : word[i] >> 1, k = 0; bits; bits >>= 1, k++)
            if (bits & 1)
                place[k] += library->base;
        next += (is_place ? 1 : 63) * sizeof(uint64_t);
    }
    return true;
}

static long bind_all(const struct plan *plan)
{
    struct tables tables = {0};
    if (!read_dynamic(plan, &tables) || !relocate_short(plan, tables.relative, tables.relative_size) ||
        !relocate_all(plan, tables.rela, tables.rela_size) || !relocate_all(plan, tables.jumps, tables.jumps_size))
        return -ENOEXEC;
    for (uint32_t i = 0; i < plan->count; i++) {
        const Elf64_Phdr *fixed = &plan->segment[i];
        if (fixed->p_type == PT_GNU_RELRO && fixed->p_vaddr + fixed->p_memsz <= plan->span) /* no more to be changed */
            lw_system3(SYS_mprotect, plan->library->base + down(fixed->p_vaddr),
                       down(fixed->p_vaddr + fixed->p_memsz) - down(fixed->p_vaddr), PROT_READ);
    }
    return 0;
}

/* ---- In and out ---- */

int lw_library_map(struct lw_library *library, const char *path, lw_provider *provide)
{
    struct plan plan = {.provide = provide, .library = library};
    *library = (struct lw_library){0};
    plan.fd = (int)lw_system4(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0);
    if (plan.fd < 0)
        return plan.fd == -EMFILE || plan.fd == -ENFILE || plan.fd == -ENOMEM ? plan.fd : -ENOENT;
    long error = read_headers(&plan);
    if (error == 0)
        error = map_segments(&plan);
    lw_system1(SYS_close, plan.fd);
    if (error == 0)
        error = bind_all(&plan);
    if (error)
        lw_library_unmap(library);
    return (int)error;
}

void lw_library_unmap(struct lw_library *library)
{
    if (library->base)
        lw_system2(SYS_munmap, library->base, library->size);
    *library = (struct lw_library){0};
}

void *lw_library_symbol(const struct lw_library *library, const char *name)
{
    return (void *)lw_export_address(&library->exports, name);
}
