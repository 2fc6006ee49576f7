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
    image->base -= first; /* from here on: what is to be added to the file's addresses */
    for (int i = 0; i < header->e_phnum; i++)
        read_segment(image, &segments[i], image->base);
    return true;
}

bool image__open(struct image *image, uint32_t pid, const char *path, uint64_t base)
{
    *image = (struct image){.path = heap__copied(path), .base = base};
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

static uint64_t look_in(const struct image *image, const Elf64_Shdr *table, const Elf64_Shdr *text, const char *name)
{
    const Elf64_Sym *symbols = part(image, table->sh_offset, table->sh_size);
    size_t length = strlen(name) + 1;
    if (symbols == NULL || text->sh_offset > image->size || text->sh_size > image->size - text->sh_offset)
        return 0;
    for (uint64_t i = 0; i < table->sh_size / sizeof *symbols; i++)
        if (symbols[i].st_value != 0 && symbols[i].st_shndx != SHN_UNDEF && symbols[i].st_name < text->sh_size &&
            length <= text->sh_size - symbols[i].st_name &&
            memcmp(image->bytes + text->sh_offset + symbols[i].st_name, name, length) == 0)
            return image->base + symbols[i].st_value;
    return 0;
}

uint64_t image__symbol(const struct image *image, const char *name)
{
    const Elf64_Ehdr *header = header_of(image);
    const Elf64_Shdr *sections = part(image, header->e_shoff, header->e_shnum * sizeof *sections);
    if (sections == NULL || header->e_shentsize != sizeof *sections)
        return 0;
    for (int i = 0; i < header->e_shnum; i++)
        if (sections[i].sh_type == SHT_DYNSYM && sections[i].sh_link < header->e_shnum)
            return look_in(image, &sections[i], &sections[sections[i].sh_link], name);
    return 0;
}
