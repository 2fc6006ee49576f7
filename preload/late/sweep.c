/* One sweep over the words through which modules call others. */
#include "late.h"

#include <string.h>

#include "process/process.h"
#include "symbol/symbol.h"
#include "system/system.h"

struct lw_late_sums lw_late_sums;

struct sweep {
    bool back;
    struct lw_late_modules modules;
    struct lw_late_ranges ranges;
    const struct lw_late_module *module; /* the one that is being looked at, and its tables: */
    const Elf64_Sym *symbols;
    const char *strings;
    const uint16_t *versions; /* of each symbol; NULL: none has one */
    uint64_t needed;          /* DT_VERNEED; 0: none */
    const Elf64_Rela *words, *calls;
    uint64_t word_count, call_count;
};

/* ---- Tables ---- */

/* The loader has made addresses of what the file has as offsets, but not where it may not write. */
static uint64_t address_of(const struct lw_late_module *module, uint64_t value)
{
    return value < module->base ? value + module->base : value;
}

static void read_entry(struct sweep *sweep, const Elf64_Dyn *entry)
{
    uint64_t value = entry->d_un.d_val, address = address_of(sweep->module, value);
    switch (entry->d_tag) {
    case DT_SYMTAB:
        sweep->symbols = (const Elf64_Sym *)address;
        break;
    case DT_STRTAB:
        sweep->strings = (const char *)address;
        break;
    case DT_VERSYM:
        sweep->versions = (const uint16_t *)address;
        break;
    case DT_VERNEED:
        sweep->needed = address;
        break;
    case DT_RELA:
        sweep->words = (const Elf64_Rela *)address;
        break;
    case DT_RELASZ:
        sweep->word_count = value / sizeof(Elf64_Rela);
        break;
    case DT_JMPREL:
        sweep->calls = (const Elf64_Rela *)address;
        break;
    case DT_PLTRELSZ:
        sweep->call_count = value / sizeof(Elf64_Rela);
        break;
    default:
        break;
    }
}

static bool read_tables(struct sweep *sweep, const struct lw_late_module *module)
{
    const Elf64_Dyn *entry = NULL, *end = NULL;
    sweep->module = module;
    sweep->symbols = NULL;
    sweep->strings = NULL;
    sweep->versions = NULL;
    sweep->words = sweep->calls = NULL;
    sweep->needed = sweep->word_count = sweep->call_count = 0;
    for (uint32_t i = 0; i < module->count; i++)
        if (module->headers[i].p_type == PT_DYNAMIC) {
            entry = (const Elf64_Dyn *)(module->base + module->headers[i].p_vaddr);
            end = entry + module->headers[i].p_memsz / sizeof *entry;
        }
    for (; entry < end && entry->d_tag != DT_NULL; entry++)
        read_entry(sweep, entry);
    return sweep->symbols && sweep->strings;
}

/* ---- What stands where ---- */

/* The name of the version that a symbol is asked for in; NULL: in none. */
static const char *version_of(const struct sweep *sweep, uint32_t number)
{
    uint16_t wanted = sweep->versions ? sweep->versions[number] & 0x7fff : 0;
    if (wanted < 2 || !sweep->needed)
        return NULL;
    for (const Elf64_Verneed *need = (const Elf64_Verneed *)sweep->needed;;
         need = (const Elf64_Verneed *)((uint64_t)need + need->vn_next)) {
        const Elf64_Vernaux *one = (const Elf64_Vernaux *)((uint64_t)need + need->vn_aux);
        for (uint32_t i = 0; i < need->vn_cnt; i++) {
            if (one->vna_other == wanted)
                return sweep->strings + one->vna_name;
            one = (const Elf64_Vernaux *)((uint64_t)one + one->vna_next);
        }
        if (!need->vn_next)
            return NULL;
    }
}

/* A call that was not made yet leads back into its own module, and from there to the loader. It is ours where it cannot
 * come to be another one's: no other module has the name, and the version is the one that the hook stands for. */
static bool will_be_libcs(const struct sweep *sweep, const struct lw_late_name *name, uint32_t symbol, uint64_t target)
{
    const char *version;
    if (name->is_elsewhere || target < sweep->module->start || target >= sweep->module->end)
        return false;
    version = version_of(sweep, symbol);
    return version && (!name->version || strcmp(version, name->version) == 0);
}

static bool is_of_a_kind(const Elf64_Rela *entry)
{
    switch (ELF64_R_TYPE(entry->r_info)) {
#if defined(__x86_64__)
    case R_X86_64_JUMP_SLOT:
    case R_X86_64_GLOB_DAT:
        return true;
    case R_X86_64_64:
        return entry->r_addend == 0;
#endif
    default:
        return false;
    }
}

static void write_word(struct sweep *sweep, uint64_t *word, uint64_t before, uint64_t after)
{
    if (!lw_late_open(&sweep->ranges, (uint64_t)word))
        lw_late_sums.left++;
    else if (__atomic_compare_exchange_n(word, &before, after, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
        lw_late_sums.changed++;
}

static void look_at(struct sweep *sweep, const Elf64_Rela *entry)
{
    const struct lw_late_module *module = sweep->module;
    uint32_t number = (uint32_t)ELF64_R_SYM(entry->r_info);
    uint64_t place = module->base + entry->r_offset;
    if (!number || !is_of_a_kind(entry) || sweep->symbols[number].st_shndx != SHN_UNDEF ||
        place % sizeof(uint64_t) != 0 || place < module->start || place + sizeof(uint64_t) > module->end)
        return;
    const struct lw_late_name *name = lw_late_name(sweep->strings + sweep->symbols[number].st_name);
    if (!name)
        return;
    uint64_t *word = (uint64_t *)place, now = __atomic_load_n(word, __ATOMIC_RELAXED);
    if (sweep->back) {
        if (now == name->hook)
            write_word(sweep, word, now, name->real);
    } else if (now == name->real || will_be_libcs(sweep, name, number, now))
        write_word(sweep, word, now, name->hook);
    else
        lw_late_sums.left += now != name->hook;
}

/* ---- All of it ---- */

static void look_for_name(struct lw_late_name *name, void *context)
{
    const struct lw_exports *exports = context;
    if (!name->is_elsewhere && lw_export(exports, name->name))
        name->is_elsewhere = true;
}

/* A module without that table cannot be asked: what it defines is not known, and so nothing of calls that were not made. */
static void assume_all(struct lw_late_name *name, void *unused)
{
    (void)unused;
    name->is_elsewhere = true;
}

static void look_for_others(const struct lw_late_modules *modules)
{
    for (uint32_t i = 0; i < modules->count; i++) {
        const struct lw_late_module *module = &modules->list[i];
        struct lw_exports exports;
        if (module->is_ours_or_libcs)
            continue;
        if (lw_exports_of(&exports, module->base, module->headers, module->count))
            lw_late_names_visit(look_for_name, &exports);
        else if (exports.symbols)
            lw_late_names_visit(assume_all, NULL);
    }
}

static void sweep_module(struct sweep *sweep, const struct lw_late_module *module)
{
    if (module->is_ours_or_libcs || !read_tables(sweep, module))
        return;
    lw_late_sums.modules++;
    for (uint64_t i = 0; i < sweep->call_count; i++)
        look_at(sweep, &sweep->calls[i]);
    for (uint64_t i = 0; i < sweep->word_count; i++)
        look_at(sweep, &sweep->words[i]);
    lw_late_close(&sweep->ranges);
}

void lw_late_sweep(bool back)
{
    struct sweep sweep = {.back = back};
    uint64_t begun = lw_now_of(CLOCK_MONOTONIC);
    lw_late_modules_list(&sweep.modules);
    lw_late_ranges_read(&sweep.ranges);
    lw_late_sums.failed = !sweep.modules.list || !sweep.ranges.list;
    lw_late_sums.left = lw_late_sums.modules = 0;
    if (!lw_late_sums.failed) {
        look_for_others(&sweep.modules);
        for (uint32_t i = 0; i < sweep.modules.count; i++)
            sweep_module(&sweep, &sweep.modules.list[i]);
    }
    lw_late_ranges_free(&sweep.ranges);
    lw_late_modules_free(&sweep.modules);
    if (!lw_late_sums.duration)
        lw_late_sums.duration = lw_now_of(CLOCK_MONOTONIC) - begun;
}
