/* Reads the functions that an ELF file names.
 *
 * DESIGN. The pieces that are needed are read into anonymous memory and the file is closed again, before anything is
 * looked at: a file that is overwritten or cut short meanwhile gives odd bytes or none, where a mapping of it would end
 * the process by SIGBUS. Everything found in it is a number to be checked. No heap, no lock; raw system calls only. */
#include "elf.h"

#include <elf.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "build_id.h"
#include "system/system.h"

#define PIECE_MAX (512ULL << 20) /* no symbol table is larger; a number that says so is wrong */

struct file {
    int fd;
    uint64_t size;
    bool starved; /* a piece found no memory */
};

/* ---- Pieces ---- */

static void piece_free(void *piece, uint64_t size)
{
    if (piece)
        lw_system2(SYS_munmap, piece, size);
}

static bool read_all(int fd, uint8_t *to, uint64_t size, uint64_t offset)
{
    for (uint64_t done = 0; done < size;) {
        long got = lw_system4(SYS_pread64, fd, to + done, size - done, offset + done);
        if (got <= 0)
            return false;
        done += (uint64_t)got;
    }
    return true;
}

/* NULL: it lies outside of the file, or cannot be had. */
static void *piece_read(struct file *file, uint64_t offset, uint64_t size)
{
    if (size == 0 || size > PIECE_MAX || offset > file->size || size > file->size - offset)
        return NULL;
    long at = lw_syscall6(SYS_mmap, 0, (long)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                          -1, 0);
    if (lw_is_error(at)) {
        file->starved = true;
        return NULL;
    }
    if (read_all(file->fd, (uint8_t *)at, size, offset))
        return (void *)at;
    piece_free((void *)at, size);
    return NULL;
}

/* ---- The file ---- */

static bool file_open(struct file *file, int fd, Elf64_Ehdr *header)
{
    struct stat about;
    if (lw_system2(SYS_fstat, fd, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size < (off_t)sizeof *header)
        return false;
    *file = (struct file){.fd = fd, .size = (uint64_t)about.st_size};
    return read_all(fd, (uint8_t *)header, sizeof *header, 0) && memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
           header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_ident[EI_DATA] == ELFDATA2LSB &&
           (header->e_type == ET_DYN || header->e_type == ET_EXEC);
}

static bool notes_have(struct file *file, const Elf64_Phdr *segment, const uint8_t *id, uint32_t length)
{
    uint32_t found = 0;
    uint8_t *notes = piece_read(file, segment->p_offset, segment->p_filesz);
    const uint8_t *there = notes ? lw_build_id_in(notes, segment->p_filesz, &found) : NULL;
    bool same = there && found >= length && memcmp(there, id, length) == 0;
    piece_free(notes, segment->p_filesz);
    return same;
}

static bool has_build_id(struct file *file, const Elf64_Ehdr *header, const uint8_t *id, uint32_t length)
{
    if (header->e_phentsize != sizeof(Elf64_Phdr))
        return false;
    uint64_t size = header->e_phnum * sizeof(Elf64_Phdr);
    Elf64_Phdr *segments = piece_read(file, header->e_phoff, size);
    bool found = false;
    for (uint32_t i = 0; segments && i < header->e_phnum && !found; i++)
        found = segments[i].p_type == PT_NOTE && notes_have(file, &segments[i], id, length);
    piece_free(segments, size);
    return found;
}

/* ---- Sections ---- */

struct sections {
    Elf64_Shdr *first;
    uint64_t count;
};

/* Where there are more than e_shnum can say, it is 0 and the first section's size says it. */
static bool sections_read(struct file *file, const Elf64_Ehdr *header, struct sections *sections)
{
    Elf64_Shdr zero;
    sections->count = header->e_shnum;
    if (header->e_shentsize != sizeof zero || header->e_shoff > file->size)
        return false;
    if (sections->count == 0 && file->size - header->e_shoff >= sizeof zero &&
        read_all(file->fd, (uint8_t *)&zero, sizeof zero, header->e_shoff))
        sections->count = zero.sh_size;
    if (sections->count > PIECE_MAX / sizeof zero)
        return false;
    sections->first = piece_read(file, header->e_shoff, sections->count * sizeof zero);
    return sections->first != NULL;
}

static const Elf64_Shdr *section_of_type(const struct sections *sections, uint32_t type)
{
    for (uint64_t i = 0; i < sections->count; i++)
        if (sections->first[i].sh_type == type)
            return &sections->first[i];
    return NULL;
}

static bool names_read(struct file *file, const struct sections *sections, uint32_t type, struct lw_symbols *symbols)
{
    const Elf64_Shdr *table = section_of_type(sections, type);
    if (!table || table->sh_entsize != sizeof(Elf64_Sym) || table->sh_link >= sections->count)
        return false;
    const Elf64_Shdr *text = &sections->first[table->sh_link];
    symbols->count = table->sh_size / sizeof(Elf64_Sym);
    symbols->text_size = text->sh_size;
    if (text->sh_type != SHT_STRTAB)
        return false;
    symbols->symbols = piece_read(file, table->sh_offset, symbols->count * sizeof(Elf64_Sym));
    symbols->text = piece_read(file, text->sh_offset, text->sh_size);
    if (symbols->symbols && symbols->text)
        return true;
    lw_symbols_free(symbols);
    return false;
}

/* ---- The answer ---- */

static void count_one(const struct lw_symbol *symbol, void *context)
{
    *(uint64_t *)context += symbol->value != 0;
}

static bool has_functions(const struct lw_symbols *symbols)
{
    uint64_t count = 0;
    lw_symbols_visit(symbols, count_one, &count);
    return count > 0;
}

enum lw_symbols_answer lw_symbols_read(struct lw_symbols *symbols, int fd, const uint8_t *id, uint32_t length)
{
    static const uint32_t types[] = {SHT_SYMTAB, SHT_DYNSYM};
    struct file file;
    Elf64_Ehdr header;
    struct sections sections = {NULL, 0};
    enum lw_symbols_answer answer = LW_SYMBOLS_NONE;
    memset(symbols, 0, sizeof *symbols);
    if (!file_open(&file, fd, &header))
        return LW_SYMBOLS_BAD;
    if (length && !has_build_id(&file, &header, id, length))
        return file.starved ? LW_SYMBOLS_LATER : LW_SYMBOLS_OTHER;
    if (header.e_shoff == 0)
        return LW_SYMBOLS_NONE;
    if (!sections_read(&file, &header, &sections))
        answer = LW_SYMBOLS_BAD;
    for (size_t i = 0; sections.first && i < sizeof types / sizeof types[0] && answer != LW_SYMBOLS_READ; i++) {
        if (!names_read(&file, &sections, types[i], symbols))
            continue;
        if (has_functions(symbols))
            answer = LW_SYMBOLS_READ;
        else
            lw_symbols_free(symbols);
    }
    piece_free(sections.first, sections.count * sizeof(Elf64_Shdr));
    return answer != LW_SYMBOLS_READ && file.starved ? LW_SYMBOLS_LATER : answer;
}

/* A symbol of another file has a value too where a program that is not position-independent takes the address of its
 * function: that of the program's own stub, which then is the function's address everywhere. */
void lw_symbols_visit(const struct lw_symbols *symbols, lw_symbol_visit *visit, void *context)
{
    const Elf64_Sym *at = (const void *)symbols->symbols;
    for (uint64_t i = 0; i < symbols->count; i++, at++) {
        if (ELF64_ST_TYPE(at->st_info) != STT_FUNC || at->st_value == 0 || at->st_name >= symbols->text_size)
            continue;
        uint64_t room = symbols->text_size - at->st_name;
        struct lw_symbol symbol = {(const char *)symbols->text + at->st_name, 0, at->st_value, at->st_size};
        symbol.length = strnlen(symbol.name, room);
        if (symbol.length > 0 && symbol.length < room)
            visit(&symbol, context);
    }
}

void lw_symbols_free(struct lw_symbols *symbols)
{
    piece_free(symbols->symbols, symbols->count * sizeof(Elf64_Sym));
    piece_free(symbols->text, symbols->text_size);
    memset(symbols, 0, sizeof *symbols);
}
