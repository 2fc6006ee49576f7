/* Names of functions by the type objects of an interpreter without symbols: of a small one that is made here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gelf.h>
#include <string.h>

#include "base/pool.h"
#include "symbol/type_slots.h"

/* Its functions; the last is in no type. */
enum { DEALLOC = 0x1000, OTHER_DEALLOC = 0x1040, FINALIZE = 0x1080, NO_SLOT = 0x10c0, FUNCTIONS = 4 };
enum { BASE = 0x400000, TYPES = 4, NAMES = 128 };

struct object {
    uint64_t references, type, variable_size, name, basic_size, item_size, dealloc, more[42], finalize;
};
_Static_assert(offsetof(struct object, dealloc) == 48 && offsetof(struct object, finalize) == 392, "as CPython has it");

/* A file that is loaded as it is, so that what stands at an offset has the address BASE more. */
struct image {
    Elf64_Ehdr header;
    Elf64_Phdr segments[2];
    Elf64_Shdr sections[3];
    Elf64_Sym symbols[2];
    char strings[16];
    uint8_t index[12]; /* of unwind tables: what stands before the pairs */
    int32_t pairs[FUNCTIONS][2];
    char names[TYPES][NAMES];
    struct object types[TYPES];
};

static uint64_t address_of(const struct image *image, const void *part)
{
    return BASE + (uint64_t)((const uint8_t *)part - (const uint8_t *)image);
}

static void fill_elf(struct image *image)
{
    memcpy(image->header.e_ident, ELFMAG, SELFMAG);
    image->header.e_ident[EI_CLASS] = ELFCLASS64;
    image->header.e_ident[EI_DATA] = ELFDATA2LSB;
    image->header.e_ident[EI_VERSION] = EV_CURRENT;
    image->header.e_type = ET_EXEC;
    image->header.e_version = EV_CURRENT;
    image->header.e_ehsize = sizeof(Elf64_Ehdr);
    image->header.e_phoff = offsetof(struct image, segments);
    image->header.e_phentsize = sizeof(Elf64_Phdr);
    image->header.e_phnum = 2;
    image->header.e_shoff = offsetof(struct image, sections);
    image->header.e_shentsize = sizeof(Elf64_Shdr);
    image->header.e_shnum = 3;
    image->segments[0] = (Elf64_Phdr){.p_type = PT_LOAD,
                                      .p_flags = PF_R | PF_W,
                                      .p_vaddr = BASE,
                                      .p_filesz = sizeof *image,
                                      .p_memsz = sizeof *image};
    image->segments[1] = (Elf64_Phdr){.p_type = PT_GNU_EH_FRAME,
                                      .p_offset = offsetof(struct image, index),
                                      .p_vaddr = address_of(image, image->index),
                                      .p_filesz = sizeof image->index + sizeof image->pairs};
    image->sections[1] = (Elf64_Shdr){.sh_type = SHT_DYNSYM,
                                      .sh_offset = offsetof(struct image, symbols),
                                      .sh_size = sizeof image->symbols,
                                      .sh_entsize = sizeof(Elf64_Sym),
                                      .sh_link = 2};
    image->sections[2] = (Elf64_Shdr){
        .sh_type = SHT_STRTAB, .sh_offset = offsetof(struct image, strings), .sh_size = sizeof image->strings};
}

/* An interpreter without types. */
static struct image empty_image(void)
{
    static const int32_t functions[FUNCTIONS] = {DEALLOC, OTHER_DEALLOC, FINALIZE, NO_SLOT};
    struct image image = {.strings = "\0PyType_Type", .index = {1, 0x1b, 3, 0x3b, [8] = FUNCTIONS}};
    fill_elf(&image);
    image.symbols[1] = (Elf64_Sym){.st_name = 1, .st_shndx = 2, .st_value = BASE + 0x100000};
    for (size_t i = 0; i < FUNCTIONS; i++)
        image.pairs[i][0] = functions[i] - (int32_t)offsetof(struct image, index);
    return image;
}

static struct object *add_type(struct image *image, size_t number, const char *name)
{
    struct object *type = &image->types[number];
    memcpy(image->names[number], name, strlen(name));
    *type = (struct object){.references = 1,
                            .type = image->symbols[1].st_value,
                            .name = address_of(image, image->names[number]),
                            .basic_size = 80};
    return type;
}

/* The name of the function around BASE + offset; "": the types do not tell, "no types": none can be read. */
static const char *name_in(struct image *image, uint64_t offset)
{
    static char name[128];
    assert_int_not_equal(elf_version(EV_CURRENT), EV_NONE);
    Elf *elf = elf_memory((char *)image, sizeof *image);
    assert_non_null(elf);
    struct type_slots *slots = type_slots__new(elf);
    struct pool *pool = pool__new();
    const char *found = slots != NULL ? type_slots__name(slots, BASE + offset, pool) : "no types";
    strcpy(name, found != NULL ? found : "");
    pool__free(pool);
    type_slots__free(slots);
    elf_end(elf);
    return name;
}

static void functions_have_the_names_of_their_types_slots(void **state)
{
    struct image image = empty_image();
    (void)state;
    struct object *type = add_type(&image, 1, "_io.FileIO");
    type->dealloc = BASE + DEALLOC;
    type->finalize = BASE + FINALIZE;
    assert_string_equal(name_in(&image, DEALLOC), "_io.FileIO.tp_dealloc");
    assert_string_equal(name_in(&image, OTHER_DEALLOC - 1), "_io.FileIO.tp_dealloc");
    assert_string_equal(name_in(&image, FINALIZE + 9), "_io.FileIO.tp_finalize");
    assert_string_equal(name_in(&image, DEALLOC - 1), "");
    assert_string_equal(name_in(&image, OTHER_DEALLOC), "");
    assert_string_equal(name_in(&image, NO_SLOT), "");
}

static void the_first_by_name_speaks_for_those_that_share(void **state)
{
    struct image image = empty_image();
    (void)state;
    static const char *const names[] = {"socket", "list", "zip"};
    for (size_t i = 0; i < 3; i++)
        add_type(&image, i, names[i])->dealloc = BASE + DEALLOC;
    assert_string_equal(name_in(&image, DEALLOC + 1), "list.tp_dealloc");
}

/* Whose type is written as the interpreter starts. */
static void a_type_may_be_without_a_type_but_not_without_a_reference(void **state)
{
    struct image image = empty_image();
    (void)state;
    struct object *type = add_type(&image, 0, "generator");
    type->dealloc = BASE + DEALLOC;
    type->type = 0;
    assert_string_equal(name_in(&image, DEALLOC), "generator.tp_dealloc");
    type->references = 0;
    assert_string_equal(name_in(&image, DEALLOC), "");
    type->references = 1;
    type->type = BASE;
    assert_string_equal(name_in(&image, DEALLOC), "");
}

static void what_only_looks_like_a_type_is_none(void **state)
{
    char endless[NAMES];
    (void)state;
    memset(endless, 'x', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    const char *const names[] = {"", "two words", "\x80", endless};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct image image = empty_image();
        add_type(&image, 0, names[i])->dealloc = BASE + DEALLOC;
        assert_string_equal(name_in(&image, DEALLOC), "");
    }
    struct image image = empty_image();
    struct object *type = add_type(&image, 0, "list");
    type->dealloc = BASE + DEALLOC + 4; /* amid a function */
    assert_string_equal(name_in(&image, DEALLOC + 4), "");
    type->dealloc = BASE + DEALLOC;
    assert_string_equal(name_in(&image, DEALLOC), "list.tp_dealloc");
    type->basic_size = (uint64_t)1 << 40;
    assert_string_equal(name_in(&image, DEALLOC), "");
    type->basic_size = 80;
    type->item_size = UINT64_MAX;
    assert_string_equal(name_in(&image, DEALLOC), "");
    type->item_size = 0;
    type->name = BASE + sizeof image; /* in no segment */
    assert_string_equal(name_in(&image, DEALLOC), "");
}

static void only_an_executable_that_exports_the_type_of_types_is_read(void **state)
{
    struct image image = empty_image();
    struct pool *pool = pool__new();
    (void)state;
    add_type(&image, 0, "list")->dealloc = BASE + DEALLOC;
    image.header.e_type = ET_DYN;
    assert_string_equal(name_in(&image, DEALLOC), "no types");
    image.header.e_type = ET_EXEC;
    image.symbols[1].st_shndx = SHN_UNDEF;
    assert_string_equal(name_in(&image, DEALLOC), "no types");
    image.symbols[1].st_shndx = 2;
    assert_string_equal(name_in(&image, DEALLOC), "list.tp_dealloc");
    image.strings[3] = 'x';
    assert_string_equal(name_in(&image, DEALLOC), "no types");
    assert_null(type_slots__new(NULL));
    assert_null(type_slots__name(NULL, BASE + DEALLOC, pool));
    type_slots__free(NULL);
    pool__free(pool);
}

/* As a file that somebody cut, or wrote in order to mislead. */
static void segments_beyond_the_file_are_left_out(void **state)
{
    struct image image = empty_image();
    (void)state;
    add_type(&image, 0, "list")->dealloc = BASE + DEALLOC;
    image.segments[0].p_filesz = sizeof image + 1;
    assert_string_equal(name_in(&image, DEALLOC), "");
    image.segments[0].p_filesz = sizeof image;
    image.segments[0].p_offset = UINT64_MAX - 8;
    assert_string_equal(name_in(&image, DEALLOC), "");
    image.segments[0].p_offset = 0;
    image.segments[0].p_filesz = 8; /* too small for a type */
    assert_string_equal(name_in(&image, DEALLOC), "");
    image.segments[0].p_filesz = sizeof image;
    image.segments[1].p_filesz = sizeof image;
    assert_string_equal(name_in(&image, DEALLOC), "");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_have_the_names_of_their_types_slots),
        cmocka_unit_test(the_first_by_name_speaks_for_those_that_share),
        cmocka_unit_test(a_type_may_be_without_a_type_but_not_without_a_reference),
        cmocka_unit_test(what_only_looks_like_a_type_is_none),
        cmocka_unit_test(only_an_executable_that_exports_the_type_of_types_is_read),
        cmocka_unit_test(segments_beyond_the_file_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
