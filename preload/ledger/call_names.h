/* The names of the hooked functions, in the ledger. */
#ifndef LW_CALL_NAMES_H
#define LW_CALL_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "process/process.h"
#include "real/real.h"

#pragma GCC visibility push(hidden)

extern uint32_t lw_call_names[LW_HOOK_COUNT]; /* 0: not asked yet */
uint32_t lw_call_name_new(uint32_t hook);
/* Another ledger: none has been asked. */
void lw_call_names_forget(void);

static inline uint32_t lw_call_name(uint32_t hook)
{
    return __builtin_expect(lw_call_names[hook] != 0, 1) ? lw_call_names[hook] : lw_call_name_new(hook);
}

#pragma GCC visibility pop

#endif
