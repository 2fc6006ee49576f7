/* The table of hooks, as data. */
#include "table.h"

#include "leakwatch/ledger.h"

/* Each has room for its end. */
#define LW_HOOK(symbol, ...)                                                                                           \
    _Static_assert(sizeof #symbol <= sizeof(((struct lw_hook_row *)0)->name), "a row needs more room for " #symbol);
#include "hooks.def"
#undef LW_HOOK

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
