/* The functions of a CPython's built-in types. */
#include "type_slots.h"

#include <gelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/pool.h"
#include "beginnings.h"

/* Of a PyTypeObject, x86_64 and aarch64, CPython 3.8 to 3.14. */
enum { OB_TYPE = 8, TP_NAME = 24, TP_BASICSIZE = 32, TP_ITEMSIZE = 40, TYPE_SIZE = 400, BASICSIZE_AT_MOST = 1 << 16 };
enum { NAME_AT_MOST = 80 };

static const struct slot_kind {
    unsigned offset;
    const char *name;
} slot_kinds[] = {{48, "tp_dealloc"}, {392, "tp_finalize"}};

struct slot {
    uint64_t function;
    const char *type; /* of the image */
    const struct slot_kind *kind;
};

struct type_slots {
    const uint8_t *image;
    size_t image_size;
    GElf_Phdr *segments;
    size_t segment_count;
    struct beginnings beginnings;
    struct slot *slots; /* by function */
    size_t slot_count, slot_room;
};

static uint64_t word_at(const uint8_t *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* The bytes of the file that are loaded at an address, and how many follow; NULL: none. */
static const uint8_t *bytes_at(const struct type_slots *slots, uint64_t address, uint64_t *length)
{
    for (size_t i = 0; i < slots->segment_count; i++) {
        const GElf_Phdr *segment = &slots->segments[i];
        if (segment->p_type != PT_LOAD || address < segment->p_vaddr || address - segment->p_vaddr >= segment->p_filesz)
            continue;
        uint64_t inside = address - segment->p_vaddr;
        *length = segment->p_filesz - inside;
        return slots->image + segment->p_offset + inside;
    }
    return NULL;
}

/* ---- Types ------------------------------------------------------------------------------------------------------- */

static const char *name_at(const struct type_slots *slots, uint64_t address)
{
    uint64_t length;
    const char *name = (const char *)bytes_at(slots, address, &length);
    if (name == NULL)
        return NULL;
    for (size_t i = 0; i < length && i < NAME_AT_MOST; i++) {
        if (name[i] == '\0')
            return i > 0 ? name : NULL;
        if (name[i] <= ' ' || name[i] > '~')
            return NULL;
    }
    return NULL;
}

static void add_slot(struct type_slots *slots, const struct slot_kind *kind, const char *type, uint64_t function)
{
    if (function == 0 || beginnings__of(&slots->beginnings, function) != function)
        return;
    slots->slots = heap__room(slots->slots, slots->slot_count, &slots->slot_room, sizeof(struct slot));
    slots->slots[slots->slot_count++] = (struct slot){.function = function, .type = type, .kind = kind};
}

static void look_at_type(struct type_slots *slots, const uint8_t *type)
{
    const char *name = name_at(slots, word_at(type + TP_NAME));
    bool is_sound = name != NULL && word_at(type + TP_BASICSIZE) < BASICSIZE_AT_MOST &&
                    word_at(type + TP_ITEMSIZE) < BASICSIZE_AT_MOST;
    for (size_t i = 0; is_sound && i < sizeof slot_kinds / sizeof slot_kinds[0]; i++)
        add_slot(slots, &slot_kinds[i], name, word_at(type + slot_kinds[i].offset));
}

/* Its type is written there, or will be when the interpreter starts; then it has one reference, or is immortal. */
static bool is_type(const uint8_t *object, uint64_t type_of_types)
{
    uint64_t type = word_at(object + OB_TYPE);
    return type == type_of_types || (type == 0 && word_at(object) != 0);
}

static void read_types(struct type_slots *slots, uint64_t type_of_types)
{
    for (size_t i = 0; i < slots->segment_count; i++) {
        const GElf_Phdr *segment = &slots->segments[i];
        const uint8_t *bytes = slots->image + segment->p_offset;
        if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_W))
            continue;
        for (uint64_t at = 0; at + TYPE_SIZE <= segment->p_filesz; at += sizeof(uint64_t))
            if (is_type(bytes + at, type_of_types))
                look_at_type(slots, bytes + at);
    }
}

static int by_function(const void *left, const void *right)
{
    const struct slot *a = left, *b = right;
    if (a->function != b->function)
        return a->function < b->function ? -1 : 1;
    return strcmp(a->type, b->type);
}

/* ---- The file ---------------------------------------------------------------------------------------------------- */

/* The address of PyType_Type; 0: the file has none, or the loader would write its addresses. */
static uint64_t type_of_types(Elf *elf)
{
    GElf_Shdr header;
    GElf_Sym symbol;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section)) != NULL;) {
        if (gelf_getshdr(section, &header) == NULL || header.sh_type != SHT_DYNSYM || header.sh_entsize == 0)
            continue;
        Elf_Data *data = elf_getdata(section, NULL);
        for (size_t i = 0; data != NULL && i < header.sh_size / header.sh_entsize; i++) {
            const char *name =
                gelf_getsym(data, (int)i, &symbol) ? elf_strptr(elf, header.sh_link, symbol.st_name) : NULL;
            if (name != NULL && symbol.st_shndx != SHN_UNDEF && strcmp(name, "PyType_Type") == 0)
                return symbol.st_value;
        }
    }
    return 0;
}

static bool is_read_easily(Elf *elf)
{
    GElf_Ehdr header;
    return gelf_getehdr(elf, &header) != NULL && header.e_ident[EI_CLASS] == ELFCLASS64 &&
           header.e_ident[EI_DATA] == ELFDATA2LSB && header.e_type == ET_EXEC;
}

static void read_segments(struct type_slots *slots, Elf *elf)
{
    size_t count = 0;
    if (elf_getphdrnum(elf, &count) != 0)
        return;
    slots->segments = heap__zeroed(count + 1, sizeof(GElf_Phdr));
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr *segment = &slots->segments[slots->segment_count];
        if (gelf_getphdr(elf, (int)i, segment) != NULL && segment->p_offset <= slots->image_size &&
            segment->p_filesz <= slots->image_size - segment->p_offset)
            slots->segment_count++;
    }
}

struct type_slots *type_slots__new(struct Elf *elf)
{
    uint64_t type = elf != NULL && is_read_easily(elf) ? type_of_types(elf) : 0;
    size_t size = 0;
    const char *image = type != 0 ? elf_rawfile(elf, &size) : NULL;
    if (image == NULL)
        return NULL;
    struct type_slots *slots = heap__zeroed(1, sizeof(*slots));
    slots->image = (const uint8_t *)image;
    slots->image_size = size;
    read_segments(slots, elf);
    for (size_t i = 0; i < slots->segment_count; i++)
        if (slots->segments[i].p_type == PT_GNU_EH_FRAME && slots->beginnings.count == 0)
            slots->beginnings = beginnings__read(slots->image + slots->segments[i].p_offset,
                                                 slots->segments[i].p_filesz, slots->segments[i].p_vaddr);
    read_types(slots, type);
    if (slots->slot_count > 1)
        qsort(slots->slots, slots->slot_count, sizeof(struct slot), by_function);
    return slots;
}

void type_slots__free(struct type_slots *slots)
{
    if (slots == NULL)
        return;
    free(slots->segments);
    beginnings__free(&slots->beginnings);
    free(slots->slots);
    free(slots);
}

/* Types share functions: the first of them, by name, speaks for all. */
const char *type_slots__name(const struct type_slots *slots, uint64_t address, struct pool *pool)
{
    uint64_t start = slots != NULL ? beginnings__of(&slots->beginnings, address) : 0;
    char text[NAME_AT_MOST + 16];
    size_t low = 0, high = start != 0 ? slots->slot_count : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (slots->slots[middle].function < start)
            low = middle + 1;
        else
            high = middle;
    }
    if (start == 0 || low == slots->slot_count || slots->slots[low].function != start)
        return NULL;
    snprintf(text, sizeof text, "%s.%s", slots->slots[low].type, slots->slots[low].kind->name);
    return pool__text(pool, text);
}
