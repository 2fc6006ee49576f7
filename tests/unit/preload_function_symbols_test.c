/* The functions that an ELF file names: those of this very program, and of copies of it that were damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbol/elf.h"
#include "symbol/build_id.h"

static struct {
    uint8_t *bytes;
    size_t size;
} whole;

/* ---- A copy that can be changed ---- */

static int copy_of(const uint8_t *bytes, size_t size)
{
    int fd = memfd_create("copy", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    return fd;
}

static enum lw_symbols_answer answer_to(const uint8_t *bytes, size_t size, struct lw_symbols *symbols)
{
    int fd = copy_of(bytes, size);
    enum lw_symbols_answer answer = lw_symbols_read(symbols, fd, NULL, 0);
    close(fd);
    return answer;
}

struct tally {
    uint64_t functions, ours;
    uint64_t value, size;
};

static void count(const struct lw_symbol *symbol, void *context)
{
    struct tally *tally = context;
    assert_int_equal(strlen(symbol->name), symbol->length);
    tally->functions++;
    if (strcmp(symbol->name, "copy_of") == 0) {
        tally->ours++;
        tally->value = symbol->value;
        tally->size = symbol->size;
    }
}

static struct tally tally_of(const struct lw_symbols *symbols)
{
    struct tally tally = {0};
    lw_symbols_visit(symbols, count, &tally);
    return tally;
}

static Elf64_Ehdr *header_of(uint8_t *bytes)
{
    return (Elf64_Ehdr *)(void *)bytes;
}

static Elf64_Shdr *section(uint8_t *bytes, uint32_t type)
{
    Elf64_Shdr *first = (Elf64_Shdr *)(void *)(bytes + header_of(bytes)->e_shoff);
    for (int i = 0; i < header_of(bytes)->e_shnum; i++)
        if (first[i].sh_type == type)
            return &first[i];
    fail_msg("no section of type %u", type);
    return NULL;
}

/* ---- Sound files ---- */

static int find_base(struct dl_phdr_info *info, size_t size, void *base)
{
    (void)size;
    *(uint64_t *)base = info->dlpi_addr;
    return 1; /* the program is the first */
}

static void a_static_function_of_this_program(void **state)
{
    struct lw_symbols symbols;
    uint64_t base = 0;
    (void)state;
    dl_iterate_phdr(find_base, &base);
    assert_int_equal(answer_to(whole.bytes, whole.size, &symbols), LW_SYMBOLS_READ);
    struct tally tally = tally_of(&symbols);
    assert_int_equal(tally.ours, 1);
    assert_int_equal(base + tally.value, (uint64_t)copy_of);
    assert_true(tally.size > 16);
    lw_symbols_free(&symbols);
}

static void without_a_symbol_table_what_is_exported(void **state)
{
    struct lw_symbols symbols;
    uint8_t *bytes = *state;
    section(bytes, SHT_SYMTAB)->sh_type = SHT_PROGBITS;
    assert_int_equal(answer_to(bytes, whole.size, &symbols), LW_SYMBOLS_NONE); /* it exports nothing … */
    Elf64_Shdr *exported = section(bytes, SHT_DYNSYM);
    Elf64_Sym *symbol = (Elf64_Sym *)(void *)(bytes + exported->sh_offset);
    symbol[1].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
    symbol[1].st_value = 4096; /* … but this */
    assert_int_equal(answer_to(bytes, whole.size, &symbols), LW_SYMBOLS_READ);
    assert_int_equal(tally_of(&symbols).functions, 1);
    lw_symbols_free(&symbols);
}

static void the_build_id_counts(void **state)
{
    struct lw_symbols symbols;
    uint32_t length = 0;
    (void)state;
    const Elf64_Phdr *segment = (const void *)(whole.bytes + header_of(whole.bytes)->e_phoff);
    const uint8_t *id = NULL;
    for (int i = 0; i < header_of(whole.bytes)->e_phnum && !id; i++)
        if (segment[i].p_type == PT_NOTE)
            id = lw_build_id_in(whole.bytes + segment[i].p_offset, segment[i].p_filesz, &length);
    if (!id)
        skip(); /* linked without one */
    int fd = copy_of(whole.bytes, whole.size);
    uint8_t other[64] = {0};
    memcpy(other, id, length);
    assert_int_equal(lw_symbols_read(&symbols, fd, other, length), LW_SYMBOLS_READ);
    lw_symbols_free(&symbols);
    other[length - 1] ^= 1;
    assert_int_equal(lw_symbols_read(&symbols, fd, other, length), LW_SYMBOLS_OTHER);
    close(fd);
}

/* ---- Damaged files ---- */

static void what_is_no_elf_file(void **state)
{
    struct lw_symbols symbols;
    uint8_t *bytes = *state;
    assert_int_equal(answer_to((const uint8_t *)"#!/bin/sh\n", 10, &symbols), LW_SYMBOLS_BAD);
    bytes[EI_CLASS] = ELFCLASS32;
    assert_int_equal(answer_to(bytes, whole.size, &symbols), LW_SYMBOLS_BAD);
    int directory = open("/", O_RDONLY | O_DIRECTORY);
    assert_int_equal(lw_symbols_read(&symbols, directory, NULL, 0), LW_SYMBOLS_BAD);
    close(directory);
}

static void numbers_that_point_outside(void **state)
{
    struct lw_symbols symbols;
    uint8_t *bytes = *state;
    uint64_t *const numbers[] = {&header_of(bytes)->e_shoff, &section(bytes, SHT_SYMTAB)->sh_offset,
                                 &section(bytes, SHT_SYMTAB)->sh_size, &section(bytes, SHT_SYMTAB)->sh_entsize};
    static const uint64_t wrong[] = {1, 23, UINT64_MAX, UINT64_MAX - 64, 1ULL << 62, 1ULL << 40};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        for (size_t k = 0; k < sizeof wrong / sizeof wrong[0]; k++) {
            uint64_t right = *numbers[i];
            *numbers[i] = wrong[k];
            if (answer_to(bytes, whole.size, &symbols) == LW_SYMBOLS_READ) {
                assert_int_equal(tally_of(&symbols).ours, 0);
                lw_symbols_free(&symbols);
            }
            *numbers[i] = right;
        }
}

/* Each name that is visited ends within the table, and with it. */
static void names_that_do_not_end(void **state)
{
    struct lw_symbols symbols;
    uint8_t *bytes = *state;
    const Elf64_Shdr *table = section(bytes, SHT_SYMTAB);
    Elf64_Shdr *text = (Elf64_Shdr *)(void *)(bytes + header_of(bytes)->e_shoff) + table->sh_link;
    memset(bytes + text->sh_offset, 'x', text->sh_size);
    section(bytes, SHT_DYNSYM)->sh_type = SHT_PROGBITS;
    assert_int_equal(answer_to(bytes, whole.size, &symbols), LW_SYMBOLS_NONE);
}

static void cut_short_anywhere(void **state)
{
    struct lw_symbols symbols;
    (void)state;
    for (size_t size = 0; size < whole.size; size += whole.size / 97 + 1)
        if (answer_to(whole.bytes, size, &symbols) == LW_SYMBOLS_READ) {
            tally_of(&symbols);
            lw_symbols_free(&symbols);
        }
    assert_int_equal(answer_to(whole.bytes, whole.size / 2, &symbols), LW_SYMBOLS_BAD);
}

/* Random numbers in the headers and the symbols: an answer each time, and no read outside of what was read. */
static void changed_anywhere(void **state)
{
    static const uint64_t values[] = {0, 1, 0xff, 0x7fffffff, 0xffffffff, UINT64_MAX};
    struct lw_symbols symbols;
    uint8_t *bytes = *state;
    const Elf64_Ehdr header = *header_of(bytes);
    const Elf64_Shdr table = *section(bytes, SHT_SYMTAB);
    const struct {
        uint64_t start, size;
    } targets[] = {{EI_NIDENT, sizeof header - EI_NIDENT},
                   {header.e_shoff, header.e_shnum * sizeof(Elf64_Shdr)},
                   {table.sh_offset, table.sh_size}};
    srand(1);
    for (int i = 0; i < 1500; i++) {
        int which = i % 3;
        uint64_t at = targets[which].start + (uint64_t)rand() % (targets[which].size - 8), before;
        memcpy(&before, bytes + at, 8);
        memcpy(bytes + at, &values[rand() % 6], (size_t)(1 << rand() % 4));
        if (answer_to(bytes, whole.size, &symbols) == LW_SYMBOLS_READ) {
            tally_of(&symbols);
            lw_symbols_free(&symbols);
        }
        memcpy(bytes + at, &before, 8);
    }
}

/* ---- The test ---- */

static int read_whole(void **state)
{
    struct stat about;
    (void)state;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &about) != 0)
        return -1;
    whole.size = (size_t)about.st_size;
    whole.bytes = malloc(whole.size);
    bool good = whole.bytes && read(fd, whole.bytes, whole.size) == about.st_size;
    close(fd);
    return good ? 0 : -1;
}

static int free_whole(void **state)
{
    (void)state;
    free(whole.bytes);
    return 0;
}

static int copy(void **state)
{
    *state = malloc(whole.size);
    if (*state)
        memcpy(*state, whole.bytes, whole.size);
    return *state ? 0 : -1;
}

static int free_copy(void **state)
{
    free(*state);
    return 0;
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, copy, free_copy)
    const struct CMUnitTest tests[] = {
        CASE(a_static_function_of_this_program),
        CASE(without_a_symbol_table_what_is_exported),
        CASE(the_build_id_counts),
        CASE(what_is_no_elf_file),
        CASE(numbers_that_point_outside),
        CASE(names_that_do_not_end),
        CASE(cut_short_anywhere),
        CASE(changed_anywhere),
    };
    return cmocka_run_group_tests(tests, read_whole, free_whole);
}
