/* The hooked functions as numbers, and what is known of each: hooks.def, made into an enum and a table. */
#ifndef LW_TABLE_H
#define LW_TABLE_H

#include <stdint.h>

enum lw_role {
    LW_ROLE_PLAIN,
    LW_ROLE_TRANSFER, /* takes over a descriptor that is already held */
    LW_ROLE_REPLACE,  /* puts another number's descriptor in the place of one: most children do so, and then execute */
    LW_ROLE_RELEASE,  /* gives back */
    LW_ROLE_REOPEN    /* gives back, and acquires in its place */
};

enum lw_hook {
#define LW_HOOK(symbol, x86_64, aarch64, kind, role) LW_HOOK_##symbol,
#include "hooks.def"
#undef LW_HOOK
    LW_HOOK_COUNT
};

#define LW_LIBC "GLIBC_"

/* No pointers: each would be relocated at the start of every process, which writes to its page. */
struct lw_hook_row {
    char name[28];
    char version[16]; /* of the symbol to forward to; nothing behind LW_LIBC: whichever there is */
    uint16_t kind;    /* enum lw_kind of what it acquires */
    uint16_t role;    /* enum lw_role */
};

extern const struct lw_hook_row lw_hooks[LW_HOOK_COUNT] __attribute__((visibility("hidden")));

#endif
