/* Dynamic symbols of a mapped file. Every number that is found in it is checked before it is followed. */
#include "image.h"

#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/heap.h"

#define PAGE 4096ULL

static const Elf64_Ehdr *header_of(const struct image *image)
{
    return (const Elf64_Ehdr *)(const void *)image->bytes;
}

/* NULL: it lies outside of the file. */
static const void *part(const struct image *image, uint64_t offset, uint64_t size)
{
    return offset <= image->size && size <= image->size - offset && offset % 8 == 0 ? image->bytes + offset : NULL;
}

static bool map(struct image *image, uint32_t pid)
{
    struct stat status;
    char *path = heap__printed("/proc/%u/root%s", pid, image->path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    free(path);
    if (fd < 0)
        return false;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size >= (off_t)sizeof(Elf64_Ehdr)) {
        void *at = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        image->bytes = at != MAP_FAILED ? at : NULL;
        image->size = (size_t)status.st_size;
    }
    close(fd);
    return image->bytes != NULL;
}

static void read_segment(struct image *image, const Elf64_Phdr *segment, uint64_t bias)
{
    if (segment->p_type == PT_TLS)
        image->thread_data = segment->p_memsz + segment->p_align;
    if (segment->p_type != PT_LOAD || (segment->p_flags & (PF_X | PF_W)) != PF_X)
        return;
    image->code_start = bias + segment->p_vaddr;
    image->code_end = image->code_start + segment->p_filesz;
    image->code_limit = (image->code_end + PAGE - 1) & ~(PAGE - 1);
}

static bool read_segments(struct image *image)
{
    const Elf64_Ehdr *header = header_of(image);
    const Elf64_Phdr *segments = part(image, header->e_phoff, header->e_phnum * sizeof *segments);
    uint64_t first = UINT64_MAX;
    if (segments == NULL || header->e_phentsize != sizeof *segments)
        return false;
    for (int i = 0; i < header->e_phnum; i++)
        if (segments[i].p_type == PT_LOAD && segments[i].p_vaddr < first)
            first = segments[i].p_vaddr & ~(PAGE - 1);
    if (first == UINT64_MAX)
        return false;
    image->base = image->start - first;
    for (int i = 0; i < header->e_phnum; i++)
        read_segment(image, &segments[i], image->base);
    return true;
}

bool image__open(struct image *image, uint32_t pid, const char *path, uint64_t start)
{
    *image = (struct image){.path = heap__copied(path), .start = start};
    if (map(image, pid)) {
        const Elf64_Ehdr *header = header_of(image);
        if (memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 && header->e_ident[EI_CLASS] == ELFCLASS64 &&
            header->e_machine == EM_X86_64 && read_segments(image))
            return true;
    }
    image__close(image);
    return false;
}

void image__close(struct image *image)
{
    if (image->bytes != NULL)
        munmap((void *)(uintptr_t)image->bytes, image->size);
    free(image->path);
    *image = (struct image){.path = NULL};
}

/* The table of dynamic symbols, with their names. */
struct symbols {
    const Elf64_Sym *rows;
    size_t count;
    const char *names;
    uint64_t names_size;
};

static struct symbols read_symbols(const struct image *image, const Elf64_Shdr *table, const Elf64_Shdr *text)
{
    struct symbols symbols = {.rows = part(image, table->sh_offset, table->sh_size)};
    if (symbols.rows == NULL || text->sh_offset > image->size || text->sh_size > image->size - text->sh_offset)
        return symbols;
    symbols.count = table->sh_size / sizeof *symbols.rows;
    symbols.names = (const char *)image->bytes + text->sh_offset;
    symbols.names_size = text->sh_size;
    return symbols;
}

static struct symbols symbols_of(const struct image *image)
{
    const Elf64_Ehdr *header = header_of(image);
    const Elf64_Shdr *sections = part(image, header->e_shoff, header->e_shnum * sizeof *sections);
    if (sections != NULL && header->e_shentsize == sizeof *sections)
        for (int i = 0; i < header->e_shnum; i++)
            if (sections[i].sh_type == SHT_DYNSYM && sections[i].sh_link < header->e_shnum)
                return read_symbols(image, &sections[i], &sections[sections[i].sh_link]);
    return (struct symbols){.count = 0};
}

static bool is_defined(const Elf64_Sym *row)
{
    return row->st_value != 0 && row->st_shndx != SHN_UNDEF;
}

static bool is_named(const struct symbols *symbols, const Elf64_Sym *row, const char *name)
{
    size_t length = strlen(name) + 1;
    return row->st_name < symbols->names_size && length <= symbols->names_size - row->st_name &&
           memcmp(symbols->names + row->st_name, name, length) == 0;
}

uint64_t image__symbol(const struct image *image, const char *name)
{
    struct symbols symbols = symbols_of(image);
    for (size_t i = 0; i < symbols.count; i++)
        if (is_defined(&symbols.rows[i]) && is_named(&symbols, &symbols.rows[i], name))
            return image->base + symbols.rows[i].st_value;
    return 0;
}

/* ---- Where a source file was compiled to ------------------------------------------------------------------------- */

static bool is_function(const Elf64_Sym *row)
{
    return is_defined(row) && ELF64_ST_TYPE(row->st_info) == STT_FUNC;
}

static bool is_one_of(const struct symbols *symbols, const Elf64_Sym *row, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_named(symbols, row, names[i]))
            return true;
    return false;
}

struct code_range image__surroundings(const struct image *image, const char *const *names, size_t count)
{
    struct symbols symbols = symbols_of(image);
    struct code_range inner = {UINT64_MAX, 0}, outer = {0, image->code_end - image->base};
    for (const Elf64_Sym *row = symbols.rows; row < symbols.rows + symbols.count; row++)
        if (is_function(row) && is_one_of(&symbols, row, names, count)) {
            inner.start = row->st_value < inner.start ? row->st_value : inner.start;
            inner.end = row->st_value + row->st_size > inner.end ? row->st_value + row->st_size : inner.end;
        }
    if (inner.start >= inner.end)
        return (struct code_range){0, 0};
    for (const Elf64_Sym *row = symbols.rows; row < symbols.rows + symbols.count; row++)
        if (is_function(row)) {
            uint64_t end = row->st_value + row->st_size;
            outer.start = end <= inner.start && end > outer.start ? end : outer.start;
            outer.end = row->st_value >= inner.end && row->st_value < outer.end ? row->st_value : outer.end;
        }
    return (struct code_range){image->base + outer.start, image->base + outer.end};
}
