/* The name of the function at an address of this process, for messages of tests: from the tables of the loader, and where
 * those do not have it (static functions, executables) from the symbol table of the file itself. For Linux and ELF.
 *
 * DESIGN. This runs in a program under test, when something has gone wrong already: it allocates nothing, keeps nothing
 * open, and every offset that it reads from a file is checked against the size of the file. Reports of the leakwatch command
 * say more (lines, inlined functions); this is what can be said at once. */
#ifndef LEAKWATCH_SYMBOLS_H
#define LEAKWATCH_SYMBOLS_H

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "leakwatch/leakwatch.h"

#ifdef __cplusplus
#define LEAKWATCH__SIZE(number) size_t(number)
extern "C" {
#else
#define LEAKWATCH__SIZE(number) ((size_t)(number))
#endif

/* -std=c11 alone does not have it. */
#ifdef O_CLOEXEC
#define LEAKWATCH__READING (O_RDONLY | O_CLOEXEC)
#else
#define LEAKWATCH__READING O_RDONLY
#endif

struct leakwatch_symbol {
    char function[256];    /* "" where it is not known */
    char module_name[256]; /* path of the file */
    uintptr_t offset;      /* in that file's own addresses, as addr2line takes them */
};

/* Dl_info, which <dlfcn.h> has with _GNU_SOURCE only. */
struct leakwatch__place {
    const char *file;
    void *base;
    const char *symbol;
    void *symbol_address;
};
static int leakwatch__dladdr(const void *address, struct leakwatch__place *place) __attribute__((weakref("dladdr")));

struct leakwatch__image {
    const char *bytes;
    size_t size;
};

static inline void leakwatch__copy(char *to, size_t room, const char *from)
{
    size_t length = 0;
    while (length < room - 1 && from[length])
        length++;
    memcpy(to, from, length);
    to[length] = 0;
}

static inline int leakwatch__piece(const struct leakwatch__image *image, uint64_t offset, void *to, size_t size)
{
    if (offset > image->size || size > image->size - offset)
        return 0;
    memcpy(to, image->bytes + offset, size);
    return 1;
}

static inline int leakwatch__section(const struct leakwatch__image *image, const ElfW(Ehdr) * header, uint64_t number,
                                     ElfW(Shdr) * section)
{
    return number < header->e_shnum && header->e_shoff <= image->size &&
           leakwatch__piece(image, header->e_shoff + number * sizeof *section, section, sizeof *section);
}

/* Copies the name of the function of this symbol table that has the address. */
static inline int leakwatch__look_up(const struct leakwatch__image *image, const ElfW(Shdr) * table,
                                     const ElfW(Shdr) * names, uintptr_t address, char *name, size_t room)
{
    ElfW(Sym) symbol;
    uint64_t at;
    for (at = 0; at < table->sh_size; at += sizeof symbol) {
        if (!leakwatch__piece(image, table->sh_offset + at, &symbol, sizeof symbol))
            return 0;
        if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx == SHN_UNDEF ||
            address - symbol.st_value >= symbol.st_size)
            continue;
        if (symbol.st_name >= names->sh_size || names->sh_offset > image->size ||
            names->sh_size > image->size - names->sh_offset ||
            !memchr(image->bytes + names->sh_offset + symbol.st_name, 0, names->sh_size - symbol.st_name))
            return 0;
        leakwatch__copy(name, room, image->bytes + names->sh_offset + symbol.st_name);
        return 1;
    }
    return 0;
}

static inline int leakwatch__look_through(const struct leakwatch__image *image, uintptr_t address, char *name,
                                          size_t room)
{
    ElfW(Ehdr) header;
    ElfW(Shdr) table, names;
    uint64_t i;
    if (!leakwatch__piece(image, 0, &header, sizeof header) || header.e_shentsize != sizeof table)
        return 0;
    for (i = 0; leakwatch__section(image, &header, i, &table); i++)
        if (table.sh_type == SHT_SYMTAB && leakwatch__section(image, &header, table.sh_link, &names))
            return leakwatch__look_up(image, &table, &names, address, name, room);
    return 0;
}

/* Is this the file that is mapped at the base? */
static inline int leakwatch__is_mapped_at(const struct leakwatch__image *image, const void *base)
{
    return image->size >= sizeof(ElfW(Ehdr)) && memcmp(image->bytes, base, sizeof(ElfW(Ehdr))) == 0;
}

static inline int leakwatch__look_into(const char *file, const void *base, uintptr_t address, char *name, size_t room)
{
    struct leakwatch__image image = {LEAKWATCH__NULL, 0};
    struct stat status;
    void *bytes;
    int found, fd = open(file, LEAKWATCH__READING);
    if (fd < 0)
        return 0;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0)
        image.size = LEAKWATCH__SIZE(status.st_size);
    bytes = image.size ? mmap(LEAKWATCH__NULL, image.size, PROT_READ, MAP_PRIVATE, fd, 0) : LEAKWATCH__NULL;
    close(fd);
    if (!bytes || LEAKWATCH__HANDLE(bytes) == UINTPTR_MAX)
        return 0;
    image.bytes = LEAKWATCH__AS(const char *, bytes);
    found = leakwatch__is_mapped_at(&image, base) && leakwatch__look_through(&image, address, name, room);
    munmap(bytes, image.size);
    return found;
}

/* The address at which the file itself wants to be mapped: 0, unless it is an executable that is not position-independent. */
static inline uintptr_t leakwatch__own_base(const void *base)
{
    ElfW(Ehdr) header;
    memcpy(&header, base, sizeof header);
    return header.e_type == ET_EXEC ? LEAKWATCH__HANDLE(base) : 0;
}

/* What is known of a return address. 0: nothing.
 *
 *     struct leakwatch_symbol symbol;
 *     if (leakwatch_symbol_at(resource->frames[0], &symbol))
 *         puts(symbol.function);
 */
static inline int leakwatch_symbol_at(const void *return_address, struct leakwatch_symbol *symbol)
{
    struct leakwatch__place place;
    const char *call = LEAKWATCH__AS(const char *, return_address) - 1;
    symbol->function[0] = symbol->module_name[0] = 0;
    symbol->offset = LEAKWATCH__HANDLE(call);
    if (!leakwatch__dladdr || !leakwatch__dladdr(call, &place) || !place.base)
        return 0;
    symbol->offset -= LEAKWATCH__HANDLE(place.base) - leakwatch__own_base(place.base);
    leakwatch__copy(symbol->module_name, sizeof symbol->module_name, place.file ? place.file : "");
    if (leakwatch__look_into(symbol->module_name, place.base, symbol->offset, symbol->function,
                             sizeof symbol->function) ||
        leakwatch__look_into("/proc/self/exe", place.base, symbol->offset, symbol->function, sizeof symbol->function))
        return 1;
    if (place.symbol)
        leakwatch__copy(symbol->function, sizeof symbol->function, place.symbol);
    return 1;
}

#ifdef __cplusplus
}
#endif

#endif
