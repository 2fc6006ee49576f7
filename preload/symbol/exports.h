/* What a module that is mapped says of itself: its dynamic symbols, by name. */
#ifndef LW_EXPORTS_H
#define LW_EXPORTS_H

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

struct lw_exports {
    uint64_t base;
    const Elf64_Sym *symbols;
    const char *strings;
    const uint32_t *hashes; /* DT_GNU_HASH */
};

/* Of a module that the loader has loaded. False: it has no such table. */
bool lw_exports_of(struct lw_exports *exports, uint64_t base, const Elf64_Phdr *headers, uint32_t count);
/* NULL: it defines nothing of this name. */
const Elf64_Sym *lw_export(const struct lw_exports *exports, const char *name);
/* Is that where all of its versions are? */
bool lw_exports_agree(const struct lw_exports *exports, const char *name, uint64_t address);
/* Where that lies; 0: nowhere. */
static inline uint64_t lw_export_address(const struct lw_exports *exports, const char *name)
{
    const Elf64_Sym *symbol = lw_export(exports, name);
    return symbol ? exports->base + symbol->st_value : 0;
}

#pragma GCC visibility pop

#endif
