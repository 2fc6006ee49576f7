/* The limit of descriptors, and how it changed. */
#ifndef LW_LEDGER_LIMITS_H
#define LW_LEDGER_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "leakwatch/ledger.h"

#pragma GCC visibility push(hidden)

/* Another one than the ledger's? */
bool lw_limit_is_new(uint64_t soft, uint64_t hard);
/* From then on it is this; what it was before need not be said. */
void lw_limit_note(const struct lw_limit *change);
/* What the kernel says now, which another process may have changed; that is noted. One system call, or in strict mode none:
 * then it is what it was. */
uint64_t lw_limit_look(uint32_t thread, uint64_t now);
/* `leakwatch attach` has raised it for a moment: what the kernel says now is not the process's own. */
extern bool lw_limit_is_lent;

#pragma GCC visibility pop

#endif
