/* The machine code of one file.
 *
 * DESIGN. What is asked often stands in sorted arrays, made once: imports by the address of their entry in the global
 * offset table, which is where the stubs of the procedure linkage table lead, and the beginnings of functions, which the
 * table for unwinding has even in files without symbols. */
#include "code.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "machine/decoder.h"
#include "symbol/beginnings.h"

struct entry {
    uint64_t slot; /* in the global offset table */
    struct import import;
};

struct code {
    Elf *elf;
    GElf_Half elf_machine;
    const uint8_t *image;
    size_t image_size;
    struct decoder *decoder;
    Dwarf_CFI *unwinding; /* NULL: none */
    GElf_Phdr *segments;
    size_t segment_count;
    struct entry *entries; /* by slot */
    size_t entry_count, entry_room;
    struct beginnings beginnings;
};

static void read_segments(struct code *code)
{
    size_t count;
    if (elf_getphdrnum(code->elf, &count) != 0)
        return;
    code->segments = heap__zeroed(count ? count : 1, sizeof(GElf_Phdr));
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr *segment = &code->segments[code->segment_count];
        if (gelf_getphdr(code->elf, (int)i, segment) != NULL && segment->p_offset <= code->image_size &&
            segment->p_filesz <= code->image_size - segment->p_offset)
            code->segment_count++;
    }
}

/* The bytes of the file that are loaded at an address, and how many follow; NULL: none. */
static const uint8_t *loaded(const struct code *code, uint64_t address, uint32_t flags, size_t *size)
{
    for (size_t i = 0; i < code->segment_count; i++) {
        const GElf_Phdr *segment = &code->segments[i];
        if (segment->p_type != PT_LOAD || (segment->p_flags & flags) != flags || address < segment->p_vaddr ||
            address - segment->p_vaddr >= segment->p_filesz)
            continue;
        *size = (size_t)(segment->p_filesz - (address - segment->p_vaddr));
        return code->image + segment->p_offset + (address - segment->p_vaddr);
    }
    return NULL;
}

/* The version that a symbol is wanted in; "" where there is none. */
static const char *version_of(Elf *elf, Elf_Scn *needs, GElf_Half wanted)
{
    GElf_Shdr header;
    Elf_Data *data = needs ? elf_getdata(needs, NULL) : NULL;
    if (data == NULL || gelf_getshdr(needs, &header) == NULL)
        return "";
    int offset = 0;
    for (GElf_Word i = 0; i < header.sh_info; i++) {
        GElf_Verneed need;
        GElf_Vernaux version;
        if (gelf_getverneed(data, offset, &need) == NULL)
            break;
        int inner = offset + (int)need.vn_aux;
        for (GElf_Half j = 0; j < need.vn_cnt && gelf_getvernaux(data, inner, &version) != NULL; j++) {
            const char *name = elf_strptr(elf, header.sh_link, version.vna_name);
            if (version.vna_other == (wanted & 0x7fff) && name != NULL)
                return name;
            if (version.vna_next == 0)
                break;
            inner += (int)version.vna_next;
        }
        if (need.vn_next == 0)
            break;
        offset += (int)need.vn_next;
    }
    return "";
}

static Elf_Scn *find_section(Elf *elf, GElf_Word type)
{
    Elf_Scn *section = NULL;
    GElf_Shdr header;
    while ((section = elf_nextscn(elf, section)) != NULL)
        if (gelf_getshdr(section, &header) != NULL && header.sh_type == type)
            return section;
    return NULL;
}

/* The symbols that relocations refer to, and their versions. */
struct symbol_table {
    Elf *elf;
    Elf_Data *symbols, *versions;
    Elf_Scn *needs;
    size_t strings;
};

static struct import import_of(const struct symbol_table *table, size_t number)
{
    GElf_Sym symbol;
    GElf_Versym version = 0;
    if (gelf_getsymshndx(table->symbols, NULL, (int)number, &symbol, NULL) == NULL)
        return (struct import){.name = NULL};
    const char *name = elf_strptr(table->elf, table->strings, symbol.st_name);
    if (table->versions != NULL && gelf_getversym(table->versions, (int)number, &version) == NULL)
        version = 0;
    const char *wanted = version > 1 ? version_of(table->elf, table->needs, version) : "";
    return (struct import){name, strncmp(wanted, "GLIBC_", 6) == 0};
}

static bool is_import(const struct code *code, const GElf_Rela *relocation)
{
    if (GELF_R_SYM(relocation->r_info) == 0)
        return false;
    unsigned type = (unsigned)GELF_R_TYPE(relocation->r_info);
    if (code->elf_machine == EM_X86_64)
        return type == R_X86_64_JUMP_SLOT || type == R_X86_64_GLOB_DAT || type == R_X86_64_64;
    return type == R_AARCH64_JUMP_SLOT || type == R_AARCH64_GLOB_DAT || type == R_AARCH64_ABS64;
}

static void read_relocations(struct code *code, Elf_Data *data, const struct symbol_table *table)
{
    GElf_Rela relocation;
    for (int i = 0; gelf_getrela(data, i, &relocation) != NULL; i++) {
        if (!is_import(code, &relocation))
            continue;
        struct import import = import_of(table, GELF_R_SYM(relocation.r_info));
        if (import.name == NULL)
            continue;
        code->entries = heap__room(code->entries, code->entry_count, &code->entry_room, sizeof(*code->entries));
        code->entries[code->entry_count++] = (struct entry){relocation.r_offset, import};
    }
}

static int by_slot(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    return a->slot < b->slot ? -1 : a->slot > b->slot;
}

static void read_imports(struct code *code)
{
    Elf_Scn *section = NULL, *versions = find_section(code->elf, SHT_GNU_versym);
    GElf_Shdr header, symbols;
    struct symbol_table table = {.elf = code->elf, .needs = find_section(code->elf, SHT_GNU_verneed)};
    table.versions = versions ? elf_getdata(versions, NULL) : NULL;
    while ((section = elf_nextscn(code->elf, section)) != NULL) {
        if (gelf_getshdr(section, &header) == NULL || header.sh_type != SHT_RELA || (header.sh_flags & SHF_ALLOC) == 0)
            continue;
        Elf_Scn *linked = elf_getscn(code->elf, header.sh_link);
        Elf_Data *data = elf_getdata(section, NULL);
        if (linked == NULL || data == NULL || gelf_getshdr(linked, &symbols) == NULL)
            continue;
        table.symbols = elf_getdata(linked, NULL);
        table.strings = symbols.sh_link;
        if (table.symbols != NULL)
            read_relocations(code, data, &table);
    }
    if (code->entry_count > 0)
        qsort(code->entries, code->entry_count, sizeof(*code->entries), by_slot);
}

static void read_beginnings(struct code *code)
{
    for (size_t i = 0; i < code->segment_count; i++) {
        const GElf_Phdr *segment = &code->segments[i];
        if (segment->p_type == PT_GNU_EH_FRAME && code->beginnings.count == 0)
            code->beginnings = beginnings__read(code->image + segment->p_offset, segment->p_filesz, segment->p_vaddr);
    }
}

struct code *code__new(struct Elf *elf)
{
    GElf_Ehdr header;
    size_t size;
    char *image = elf ? elf_rawfile(elf, &size) : NULL;
    if (image == NULL || gelf_getehdr(elf, &header) == NULL || header.e_ident[EI_DATA] != ELFDATA2LSB)
        return NULL;
    struct decoder *decoder = decoder__new(header.e_machine);
    if (decoder == NULL)
        return NULL;
    struct code *code = heap__zeroed(1, sizeof(*code));
    code->elf = elf;
    code->elf_machine = header.e_machine;
    code->image = (const uint8_t *)image;
    code->image_size = size;
    code->decoder = decoder;
    read_segments(code);
    read_imports(code);
    read_beginnings(code);
    code->unwinding = dwarf_getcfi_elf(elf);
    return code;
}

void code__free(struct code *code)
{
    if (code == NULL)
        return;
    if (code->unwinding != NULL)
        dwarf_cfi_end(code->unwinding);
    decoder__free(code->decoder);
    free(code->segments);
    free(code->entries);
    beginnings__free(&code->beginnings);
    free(code);
}

const struct machine *code__machine(const struct code *code)
{
    return decoder__machine(code->decoder);
}

bool code__has(const struct code *code, uint64_t address)
{
    size_t size;
    return loaded(code, address, PF_X, &size) != NULL;
}

bool code__step(struct code *code, uint64_t address, struct step *step)
{
    size_t size;
    const uint8_t *bytes = loaded(code, address, PF_X, &size);
    return bytes != NULL && decoder__step(code->decoder, bytes, size, address, step);
}

void code__text(struct code *code, uint64_t address, char *text, size_t room)
{
    size_t size;
    const uint8_t *bytes = loaded(code, address, PF_X, &size);
    text[0] = '\0';
    if (bytes != NULL)
        decoder__text(code->decoder, bytes, size, address, text, room);
}

static const struct import *find_import(const struct code *code, uint64_t slot)
{
    const struct entry wanted = {.slot = slot};
    const struct entry *found = NULL;
    if (code->entry_count > 0)
        found = bsearch(&wanted, code->entries, code->entry_count, sizeof(wanted), by_slot);
    return found ? &found->import : NULL;
}

const struct import *code__import(struct code *code, const struct step *step)
{
    uint64_t slot;
    size_t size;
    if (step->is_indirect)
        return step->memory.is_absolute ? find_import(code, (uint64_t)step->memory.offset) : NULL;
    const uint8_t *bytes = loaded(code, step->target, PF_X, &size);
    if (bytes == NULL || !decoder__thunk(code->decoder, bytes, size, step->target, &slot))
        return NULL;
    return find_import(code, slot);
}

uint64_t code__beginning(const struct code *code, uint64_t address)
{
    return beginnings__of(&code->beginnings, address);
}

bool code__is_beginning(const struct code *code, uint64_t address)
{
    return code__beginning(code, address) == address && address != 0;
}

/* How a frame is found at an address. */
struct frame_rule {
    int64_t number; /* of a register, as DWARF numbers them; -1: not known */
    int64_t offset;
};

static struct frame_rule frame_rule_at(struct code *code, uint64_t address)
{
    Dwarf_Frame *frame = NULL;
    Dwarf_Op *operations;
    size_t count;
    struct frame_rule rule = {.number = -1};
    if (code->unwinding == NULL || dwarf_cfi_addrframe(code->unwinding, address, &frame) != 0)
        return rule;
    if (dwarf_frame_cfa(frame, &operations, &count) == 0 && count > 0) {
        const Dwarf_Op *first = &operations[0];
        if (first->atom == DW_OP_bregx)
            rule = (struct frame_rule){(int64_t)first->number, (int64_t)first->number2};
        else if (first->atom >= DW_OP_breg0 && first->atom <= DW_OP_breg31)
            rule = (struct frame_rule){first->atom - DW_OP_breg0, (int64_t)first->number};
    }
    free(frame);
    return rule;
}

/* What the rules of an architecture mean. */
static const struct frame_habit {
    int64_t frame_pointer, stack_pointer;
    int64_t offset_at_call; /* of the stack pointer, where a function begins */
} frame_habits[] = {
    {6, 7, 8},   /* x86_64 */
    {29, 31, 0}, /* aarch64 */
};

static const struct frame_habit *frame_habit_of(const struct code *code)
{
    return &frame_habits[code->elf_machine == EM_X86_64 ? 0 : 1];
}

bool code__has_frame_pointer(struct code *code, uint64_t address)
{
    return frame_rule_at(code, address).number == frame_habit_of(code)->frame_pointer;
}

bool code__is_frame_gone(struct code *code, uint64_t address)
{
    const struct frame_habit *habit = frame_habit_of(code);
    struct frame_rule rule = frame_rule_at(code, address);
    return rule.number == habit->stack_pointer && rule.offset == habit->offset_at_call;
}
