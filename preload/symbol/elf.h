/* The functions that an ELF file names: those of .symtab, or of .dynsym where it was stripped. Trusts nothing in it. */
#ifndef LW_ELF_H
#define LW_ELF_H

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

enum lw_symbols_answer {
    LW_SYMBOLS_READ,
    LW_SYMBOLS_NONE,  /* it names no functions */
    LW_SYMBOLS_BAD,   /* it is no ELF file of this kind, or a damaged one */
    LW_SYMBOLS_OTHER, /* it is not the file that was loaded: its build-id differs */
    LW_SYMBOLS_LATER  /* no memory now */
};

/* What was read of it, in memory of its own. */
struct lw_symbols {
    uint8_t *symbols, *text;
    uint64_t count, text_size;
};

/* The descriptor can be closed afterwards. id: the build-id that it must have; length 0: any. */
enum lw_symbols_answer lw_symbols_read(struct lw_symbols *symbols, int fd, const uint8_t *id, uint32_t length);
/* Every function, in the file's order. */
struct lw_symbol {
    const char *name; /* ends with 0 */
    size_t length;
    uint64_t value, size;
};
typedef void lw_symbol_visit(const struct lw_symbol *symbol, void *context);
void lw_symbols_visit(const struct lw_symbols *symbols, lw_symbol_visit *visit, void *context);
void lw_symbols_free(struct lw_symbols *symbols);

#pragma GCC visibility pop

#endif
