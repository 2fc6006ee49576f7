/* What the deeds of every_hook share: which function is being called, and what its call came to. */
#ifndef EVERY_HOOK_H
#define EVERY_HOOK_H

#include "../program.h"

#include <stdbool.h>

#include "leakwatch/ledger.h"

enum hook {
#define LW_HOOK(symbol, x86_64, aarch64, kind, role) HOOK_##symbol,
#include "../../../preload/hooks.def"
#undef LW_HOOK
    HOOKS
};

/* Calls `function` once, and tells with the functions below what that came to. */
typedef void deed(void *function);

extern deed *const descriptor_deeds[HOOKS],
    *const socket_deeds[HOOKS], *const handle_deeds[HOOKS], *const life_deeds[HOOKS], *const sync_deeds[HOOKS],
                                                                                          *const use_deeds[HOOKS],
                                                                                              *const lock_deeds[HOOKS];
extern enum hook now; /* the function whose turn it is */

/* The result of the call, as an acquisition; gives it back. A failed one is counted as such. */
int took(int fd);
void *took_handle(void *handle);
/* What was acquired is of another kind than the table says (duplicates and the like). */
void is_of_kind(int kind);
/* A function of the table was called beside the one whose turn it is. */
void also_acquired(enum hook hook, int count);
void also_released(enum hook hook, int count);
/* The function whose turn it is gave something back. */
void released(int count);

/* A function found by name, with its type. */
#define TYPED(function, result, ...) ((result(*)(__VA_ARGS__))(function))

/* Helpers that count what they do. */
int some_file(void);
void put_away(int fd); /* by close; what is negative is not there */
pid_t some_fork(void);
void wait_for(pid_t known);

/* Forks: true in the child, whose ledger is to say that it ended so; false in the parent, when the child has ended. */
bool in_child(enum lw_end end);
/* More that the ledger of the last child must show: a regular expression that finds a line of its dump. */
void child_shows(const char *words);
/* The same of this process's own ledger. */
void shows(const char *words);

#endif
