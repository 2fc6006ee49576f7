/* One executable or library on disk. */
#include "binary.h"

#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/heap.h"
#include "base/pool.h"
#include "debug_info.h"
#include "demangle.h"
#include "direct_calls.h"
#include "type_slots.h"

enum { LABELS = 16 }; /* how many symbols before an address are looked at for the one around it */

struct symbol {
    uint64_t start, end;
    const char *name;
    bool is_global;
};

struct binary {
    Dwfl *dwfl;
    Dwfl_Module *module; /* NULL: not readable */
    const uint8_t *build_id;
    size_t build_id_length;
    struct pool *pool;
    bool symbols_known, debug_known, calls_known, types_known;
    struct symbol *symbols; /* by start */
    size_t symbol_count;
    struct debug_info *debug; /* NULL: none */
    uint64_t debug_bias;
    struct direct_calls *calls; /* NULL: none that can be read */
    struct type_slots *types;   /* NULL: it is no CPython */
};

static int find_no_elf(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base, char **file, Elf **elf)
{
    (void)module, (void)user, (void)name, (void)base, (void)file, (void)elf;
    return -1;
}

/* Regular files only: a recorded path may by now be a device or a FIFO. */
static int open_file(const char *path)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -1;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0)
        return fd;
    close(fd);
    return -1;
}

static void report_file(struct binary *binary, const char *path, int fd)
{
    dwfl_report_begin(binary->dwfl);
    binary->module = dwfl_report_elf(binary->dwfl, path, path, fd, 0, true); /* takes the descriptor over */
    if (binary->module == NULL)
        close(fd);
    dwfl_report_end(binary->dwfl, NULL, NULL);
}

static void read_build_id(struct binary *binary)
{
    GElf_Addr address;
    const unsigned char *bits = NULL;
    int length = dwfl_module_build_id(binary->module, &bits, &address);
    if (length > 0) {
        binary->build_id = bits;
        binary->build_id_length = (size_t)length;
    }
}

/* libdwfl keeps a pointer to these. */
static char *debug_path;
static const Dwfl_Callbacks callbacks = {
    .find_elf = find_no_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .debuginfo_path = &debug_path,
};

static void read_file(struct binary *binary, const char *path, const struct symbols_options *options)
{
    int fd = open_file(path);
    if (fd < 0)
        return;
    debug_path = options->debug_path ? (char *)(uintptr_t)options->debug_path : NULL;
    binary->dwfl = dwfl_begin(&callbacks);
    if (binary->dwfl == NULL) {
        close(fd);
        return;
    }
    report_file(binary, path, fd);
    if (binary->module != NULL)
        read_build_id(binary);
}

struct binary *binary__new(const char *path, const struct symbols_options *options, struct pool *pool)
{
    struct binary *binary = heap__zeroed(1, sizeof(*binary));
    binary->pool = pool;
    read_file(binary, path, options);
    return binary;
}

void binary__free(struct binary *binary)
{
    if (binary == NULL)
        return;
    debug_info__free(binary->debug);
    direct_calls__free(binary->calls);
    type_slots__free(binary->types);
    if (binary->dwfl != NULL)
        dwfl_end(binary->dwfl);
    free(binary->symbols);
    free(binary);
}

bool binary__is_readable(const struct binary *binary)
{
    return binary->module != NULL;
}

bool binary__is_build(const struct binary *binary, const uint8_t *id, size_t length)
{
    if (length == 0 || binary->build_id_length == 0)
        return true;
    size_t common = length < binary->build_id_length ? length : binary->build_id_length;
    return memcmp(id, binary->build_id, common) == 0;
}

static int by_start(const void *left, const void *right)
{
    const struct symbol *a = left, *b = right;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    if (a->is_global != b->is_global) /* the last of equals is the one that is found */
        return a->is_global - b->is_global;
    return strcmp(b->name, a->name);
}

static bool is_code(const GElf_Sym *symbol)
{
    int type = GELF_ST_TYPE(symbol->st_info);
    if (symbol->st_shndx == SHN_UNDEF)
        return false;
    return type == STT_FUNC || type == STT_GNU_IFUNC || (type == STT_NOTYPE && symbol->st_size > 0);
}

static void read_symbols(struct binary *binary)
{
    binary->symbols_known = true;
    int count = dwfl_module_getsymtab(binary->module);
    if (count <= 0)
        return;
    binary->symbols = heap__zeroed((size_t)count, sizeof(struct symbol));
    for (int i = 0; i < count; i++) {
        GElf_Sym symbol;
        GElf_Addr address;
        const char *name = dwfl_module_getsym_info(binary->module, i, &symbol, &address, NULL, NULL, NULL);
        if (name == NULL || name[0] == '\0' || !is_code(&symbol))
            continue;
        binary->symbols[binary->symbol_count++] = (struct symbol){
            .start = address,
            .end = address + symbol.st_size,
            .name = name,
            .is_global = GELF_ST_BIND(symbol.st_info) != STB_LOCAL && name[0] != '_',
        };
    }
    qsort(binary->symbols, binary->symbol_count, sizeof(struct symbol), by_start);
}

/* Labels may stand inside a function, so the nearest symbol before an address need not be the one around it. */
static const struct symbol *find_around(const struct binary *binary, size_t behind, uint64_t address)
{
    for (size_t i = 0; i < LABELS && i < behind; i++) {
        const struct symbol *symbol = &binary->symbols[behind - 1 - i];
        if (address < symbol->end || (i == 0 && symbol->start == symbol->end))
            return symbol;
    }
    return NULL;
}

static const struct symbol *find_symbol(struct binary *binary, uint64_t address)
{
    if (!binary->symbols_known)
        read_symbols(binary);
    size_t low = 0, high = binary->symbol_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (binary->symbols[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return find_around(binary, low, address);
}

static void read_debug(struct binary *binary)
{
    Dwarf_Addr bias = 0;
    binary->debug_known = true;
    Dwarf *dwarf = dwfl_module_getdwarf(binary->module, &bias);
    binary->debug_bias = bias;
    if (dwarf != NULL)
        binary->debug = debug_info__new(dwarf, binary->pool);
}

/* A name that no symbol gives. */
static const char *slot_name(struct binary *binary, uint64_t address)
{
    if (!binary->types_known) {
        binary->types_known = true;
        binary->types = type_slots__new(binary__elf(binary));
    }
    return type_slots__name(binary->types, address, binary->pool);
}

size_t binary__look_up(struct binary *binary, uint64_t address, struct frame *frames, size_t room)
{
    if (binary->module == NULL || room == 0)
        return 0;
    if (!binary->debug_known)
        read_debug(binary);
    size_t count = 0;
    if (binary->debug != NULL)
        count = debug_info__look_up(binary->debug, address - binary->debug_bias, frames, room);
    if (count > 0 && frames[count - 1].symbol != NULL)
        return count;
    const struct symbol *symbol = find_symbol(binary, address);
    const char *name = symbol ? pool__text(binary->pool, symbol->name) : slot_name(binary, address);
    if (name == NULL)
        return count;
    if (count == 0) {
        frames[0] = (struct frame){.line = 0};
        count = 1;
    }
    frames[count - 1].symbol = name;
    frames[count - 1].function = symbol ? demangle__function(binary->pool, symbol->name) : name;
    return count;
}

/* mov $15, %rax (in either length); syscall: rt_sigreturn, as every x86_64 C library has it. On aarch64 the trampoline
 * lies in the vDSO, which no file holds. */
static const struct trampoline {
    size_t length;
    uint8_t code[9];
} trampolines[] = {
    {9, {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05}},
    {7, {0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05}},
};

/* The bytes of the file that are loaded at an address; NULL where there are not as many. */
static const uint8_t *loaded_bytes(Elf *elf, uint64_t address, size_t length)
{
    size_t count;
    if (elf_getphdrnum(elf, &count) != 0)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr header;
        if (gelf_getphdr(elf, (int)i, &header) == NULL || header.p_type != PT_LOAD)
            continue;
        if (address < header.p_vaddr || address - header.p_vaddr + length > header.p_filesz)
            continue;
        int64_t offset = (int64_t)(header.p_offset + (address - header.p_vaddr));
        Elf_Data *data = elf_getdata_rawchunk(elf, offset, length, ELF_T_BYTE);
        return data != NULL && data->d_size == length ? data->d_buf : NULL;
    }
    return NULL;
}

struct Elf *binary__elf(const struct binary *binary)
{
    Dwarf_Addr bias;
    return binary->module ? dwfl_module_getelf(binary->module, &bias) : NULL;
}

bool binary__find_call(struct binary *binary, uint64_t address, struct binary_call *call)
{
    uint64_t target;
    if (!binary->calls_known) {
        binary->calls_known = true;
        binary->calls = direct_calls__new(binary__elf(binary));
    }
    if (binary->calls == NULL || !direct_calls__target(binary->calls, address, &target))
        return false;
    const struct symbol *symbol = find_symbol(binary, target);
    if (symbol == NULL || symbol->start != target || symbol->end == target)
        return false;
    *call = (struct binary_call){pool__text(binary->pool, symbol->name), symbol->start, symbol->end};
    return true;
}

bool binary__ends_in_jump(struct binary *binary, const struct binary_call *call)
{
    return binary->calls != NULL && direct_calls__leave(binary->calls, call->start, call->end);
}

bool binary__is_trampoline(struct binary *binary, uint64_t address)
{
    Elf *elf = binary__elf(binary);
    if (elf == NULL)
        return false;
    for (size_t i = 0; i < sizeof trampolines / sizeof trampolines[0]; i++) {
        const uint8_t *bytes = loaded_bytes(elf, address, trampolines[i].length);
        if (bytes != NULL && memcmp(bytes, trampolines[i].code, trampolines[i].length) == 0)
            return true;
    }
    return false;
}
