/* Dynamic symbols of what is mapped. */
#include "exports.h"

#include <string.h>

static uint32_t hash_of(const char *name)
{
    uint32_t hash = 5381;
    for (; *name; name++)
        hash = hash * 33 + (uint8_t)*name;
    return hash;
}

/* Two bits of one word are set for each name there is: most of those there are not cost no look at the chains. */
static bool may_have(const uint32_t *table, uint32_t hash)
{
    enum { BITS = 64 };
    const uint64_t *bloom = (const uint64_t *)(const void *)(table + 4);
    uint32_t words = table[2], shift = table[3];
    uint64_t word = words ? bloom[hash / BITS % words] : 0;
    return word >> hash % BITS & word >> (hash >> shift) % BITS & 1;
}

typedef bool lw_symbol_match(const struct lw_exports *exports, const Elf64_Sym *symbol, const void *context);

/* The first definition of this name that `is_wanted`. */
static const Elf64_Sym *search(const struct lw_exports *exports, const char *name, lw_symbol_match *is_wanted,
                               const void *context)
{
    const uint32_t *table = exports->hashes;
    uint32_t buckets = table[0], first = table[1], bloom_words = table[2], hash = hash_of(name);
    if (!buckets || !may_have(table, hash))
        return NULL;
    const uint32_t *bucket = table + 4 + 2 * (uint64_t)bloom_words, *chain = bucket + buckets;
    for (uint32_t number = bucket[hash % buckets]; number >= first && number; number++) {
        const Elf64_Sym *symbol = &exports->symbols[number];
        uint32_t there = chain[number - first];
        if ((there | 1) == (hash | 1) && strcmp(exports->strings + symbol->st_name, name) == 0 &&
            is_wanted(exports, symbol, context))
            return symbol->st_shndx == SHN_UNDEF ? NULL : symbol;
        if (there & 1)
            break;
    }
    return NULL;
}

static bool is_any(const struct lw_exports *exports, const Elf64_Sym *symbol, const void *unused)
{
    (void)exports;
    (void)symbol;
    (void)unused;
    return true;
}

static bool is_elsewhere(const struct lw_exports *exports, const Elf64_Sym *symbol, const void *address)
{
    return exports->base + symbol->st_value != (uint64_t)address;
}

const Elf64_Sym *lw_export(const struct lw_exports *exports, const char *name)
{
    return search(exports, name, is_any, NULL);
}

bool lw_exports_agree(const struct lw_exports *exports, const char *name, uint64_t address)
{
    return !search(exports, name, is_elsewhere, (const void *)address);
}

/* The loader has made addresses of what the file has as offsets, but not where it may not write. */
static uint64_t address_of(uint64_t base, uint64_t value)
{
    return value < base ? base + value : value;
}

bool lw_exports_of(struct lw_exports *exports, uint64_t base, const Elf64_Phdr *headers, uint32_t count)
{
    const Elf64_Dyn *entry = NULL, *end = NULL;
    for (uint32_t i = 0; i < count; i++)
        if (headers[i].p_type == PT_DYNAMIC) {
            entry = (const Elf64_Dyn *)(base + headers[i].p_vaddr);
            end = entry + headers[i].p_memsz / sizeof *entry;
        }
    *exports = (struct lw_exports){.base = base};
    for (; entry < end && entry->d_tag != DT_NULL; entry++) {
        uint64_t address = address_of(base, entry->d_un.d_ptr);
        if (entry->d_tag == DT_SYMTAB)
            exports->symbols = (const Elf64_Sym *)address;
        else if (entry->d_tag == DT_STRTAB)
            exports->strings = (const char *)address;
        else if (entry->d_tag == DT_GNU_HASH)
            exports->hashes = (const uint32_t *)address;
    }
    return exports->symbols && exports->strings && exports->hashes;
}
