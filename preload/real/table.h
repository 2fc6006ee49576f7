/* The hooked functions as numbers, and what is known of each: hooks.def, made into an enum and a table. */
#ifndef LW_TABLE_H
#define LW_TABLE_H

#include <stdint.h>

enum lw_role {
    LW_ROLE_ACQUIRE,   /* makes something new, at the lowest free number where it is a descriptor */
    LW_ROLE_RECEIVE,   /* makes descriptors of something that another process had */
    LW_ROLE_TRANSFER,  /* takes over a descriptor that is already held */
    LW_ROLE_REOPEN,    /* releases, and acquires in its place */
    LW_ROLE_DUPLICATE, /* makes another number for what is already held */
    LW_ROLE_RELEASE,   /* gives back */
    LW_ROLE_SWEEP,     /* gives back a range of numbers */
    LW_ROLE_REAP,      /* waits for a child */
    LW_ROLE_TAKE,      /* takes a lock */
    LW_ROLE_WAIT,      /* waits for what nobody owns */
    LW_ROLE_USE,       /* tells something about what is held */
    LW_ROLE_LIFE       /* begins, changes or ends a process */
};

enum lw_hook {
#define LW_HOOK(symbol, x86_64, aarch64, kind, role) LW_HOOK_##symbol,
#include "hooks.def"
#undef LW_HOOK
    LW_HOOK_COUNT
};

struct lw_hook_row {
    const char *name;
    const char *version; /* of the symbol to forward to; NULL: whichever there is */
    uint16_t kind;       /* enum lw_kind of what it acquires */
    uint16_t role;       /* enum lw_role */
};

extern const struct lw_hook_row lw_hooks[LW_HOOK_COUNT] __attribute__((visibility("hidden")));

#endif
