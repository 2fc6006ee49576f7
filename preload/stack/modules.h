/* Which module an address belongs to -> a number in the ledger. Asked only when a stack is new. */
#ifndef LW_MODULES_H
#define LW_MODULES_H

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

#include "leakwatch/ledger.h"

#pragma GCC visibility push(hidden)

/* 0: no module's (code made at run time), or the table is full. */
uint32_t lw_module_of(uint64_t address);
/* What lies at `address`: its place and build-id, without its numbers in a ledger; name: its path, "" for the program
 * itself. False: no module. Slow, but takes no lock where the C library has _dl_find_object. */
struct lw_found {
    struct lw_module module;
    const uint8_t *build_id; /* in memory; NULL: it has none */
    const char *name;
    uint64_t address;
};
bool lw_module_find(struct lw_found *found);
bool lw_module_find_may_wait(void); /* for the loader's lock */
/* What is mapped at an address: where it stands and its program headers. False: no module. */
struct lw_image {
    uint64_t base, start, end;
    const char *name;
    const ElfW(Phdr) * headers; /* NULL: not to be found in memory */
    uint32_t count;
};
bool lw_module_image(uint64_t address, struct lw_image *image);
/* Forget what was found: modules may have gone. */
void lw_modules_forget(void);
void lw_modules_start(void);

#pragma GCC visibility pop

#endif
