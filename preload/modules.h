/* Which module an address belongs to -> a number in the ledger. Asked only when a stack is new. */
#ifndef LW_MODULES_H
#define LW_MODULES_H

#include <stdbool.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/* 0: no module's (code made at run time), or the table is full. */
uint32_t lw_module_of(uint64_t address);
/* Forget what was found: modules may have gone. */
void lw_modules_forget(void);
void lw_modules_start(void);

#pragma GCC visibility pop

#endif
