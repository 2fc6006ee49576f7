/* The table of hooks, as data. */
#include "table.h"

#include "leakwatch/ledger.h"

#define VERSION(text) LW_LIBC text
#if defined(__x86_64__)
#define PICK(x86_64, aarch64) VERSION(x86_64)
#elif defined(__aarch64__)
#define PICK(x86_64, aarch64) VERSION(aarch64)
#endif

const struct lw_hook_row lw_hooks[LW_HOOK_COUNT] = {
#define LW_HOOK(symbol, x86_64, aarch64, kind, role) {#symbol, PICK(x86_64, aarch64), kind, LW_ROLE_##role},
#include "hooks.def"
#undef LW_HOOK
};
