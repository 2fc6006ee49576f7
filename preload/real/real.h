/* The real functions behind the hooks.
 *
 *     int fd = LW_REAL(eventfd)(count, flags);
 *
 * LW_REAL gives a working function at any time: what was looked up at the start, or what early.c has until then. */
#ifndef LW_REAL_H
#define LW_REAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reuse.h"
#include "table.h"

#pragma GCC visibility push(hidden)

extern void *lw_real_table[LW_HOOK_COUNT]; /* NULL: not looked up yet */
extern void *lw_other_vfork; /* another library's, which stands before the C library's; NULL: there is none */

/* Looks up everything. Once, by the thread that starts leakwatch up; the loader's lock is taken. errno survives. */
void lw_real_resolve(void);

/* The function for a hook that was not looked up yet. */
void *lw_real_meanwhile(uint32_t hook);

/* early.c: have this library's own relocations been done? Before that (in an IFUNC resolver of another library) only hidden data
 * and inline system calls work. */
bool lw_relocated(void);

/* early.c: the same as a raw system call; NULL where it takes more than that. errno is set once relocated. */
void *lw_early(uint32_t hook);
/* early.c: says that the system does not know this function (-1 or NULL, ENOSYS). */
void *lw_refusal(uint32_t hook);

#pragma GCC visibility pop

static inline void *lw_real(uint32_t hook)
{
    void *function = __atomic_load_n(&lw_real_table[hook], __ATOMIC_RELAXED);
    return __builtin_expect(function != NULL, 1) ? function : lw_real_meanwhile(hook);
}

#define LW_REAL(symbol) ((__typeof__(symbol) *)lw_real(LW_HOOK_##symbol))

#endif
