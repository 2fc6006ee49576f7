/* Watching a process that ran already: its modules are made to call our hooks, and later the C library again.
 *
 * DESIGN. What a module calls of another one it calls through words of its own (of its GOT), which the loader fills in. A
 * sweep writes the hooks' addresses there, where the C library's stood, each by one compare-and-swap: whoever calls at that
 * moment gets the one or the other. What else stands there is another library's, and stays. The way back is the same sweep
 * in the other direction, by what it finds and by no list.
 *
 * A sweep runs under the loader's lock, so that no module is half relocated or half gone: dlsym holds that while it asks an
 * IFUNC resolver of ours for a function's address (lock.c). It takes no other lock. Pages that may not be written to may be
 * for a moment, and get back exactly what they had (protection.c).
 *
 * Modules that are loaded later are swept as dlopen returns, or before the first dlsym (loading.c). Whoever has asked for an
 * address before, or keeps one in a variable, calls the C library for good. */
#ifndef LW_LATE_ROOM_H
#define LW_LATE_ROOM_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/* ---- names.c: the functions that are hooked ---- */

struct lw_late_name {
    const char *name;
    const char *version; /* "GLIBC_2.2.5"; NULL: any, as all are one function */
    uint64_t hook, real;
    bool is_elsewhere; /* another module defines one of this name, which may stand before the C library's */
};

/* False: none is known. */
bool lw_late_names_learn(void);
struct lw_late_name *lw_late_name(const char *name);
void lw_late_names_visit(void (*visit)(struct lw_late_name *name, void *context), void *context);

/* ---- modules.c: what the loader has loaded ---- */

struct lw_late_module {
    uint64_t base, start, end;
    const ElfW(Phdr) * headers;
    uint32_t count;
    bool is_ours_or_libcs; /* or the loader's: never changed */
};

struct lw_late_modules {
    struct lw_late_module *list; /* NULL: no memory */
    uint32_t count;
    size_t room; /* bytes */
};

void lw_late_modules_list(struct lw_late_modules *modules);
void lw_late_modules_free(struct lw_late_modules *modules);

/* ---- protection.c: what may be written to ---- */

struct lw_late_range {
    uint64_t start, end;
    int protection;
};

#define LW_LATE_OPENED 16u
struct lw_late_ranges {
    struct lw_late_range *list; /* in order; NULL: not to be read */
    uint32_t count;
    size_t room;
    struct lw_late_range opened[LW_LATE_OPENED]; /* may be written to for a moment, with what they had before */
    uint32_t opened_count;
};

void lw_late_ranges_read(struct lw_late_ranges *ranges);
void lw_late_ranges_free(struct lw_late_ranges *ranges);
/* Makes sure of that for the word at this address; false: it cannot be, or should not. */
bool lw_late_open(struct lw_late_ranges *ranges, uint64_t address);
void lw_late_close(struct lw_late_ranges *ranges);

/* ---- sweep.c ---- */

struct lw_late_sums {
    uint32_t changed, left, modules;
    uint64_t duration; /* ns, of the first one */
    bool failed;       /* there was no memory for the lists */
};
extern struct lw_late_sums lw_late_sums;

/* To be called under the loader's lock. */
void lw_late_sweep(bool back);

/* ---- loan.c: the limit of descriptors, which the command has raised for a moment ---- */

struct leakwatch_loan;
void lw_loan_begin(const struct leakwatch_loan *loan);
/* The ledger that has begun meanwhile is told of the process's own limit. */
void lw_loan_note(const struct leakwatch_loan *loan);
/* All that takes a descriptor is done. */
void lw_loan_end(const struct leakwatch_loan *loan);

/* ---- title.c ---- */

/* Whose first argument is a title for ps by now is called as the kernel calls it. */
void lw_title_drop(void);

/* ---- lock.c ---- */

/* Sweeps in the direction that is wanted, under the loader's lock. */
extern bool lw_late_back;
void lw_late_sweep_locked(void);

/* ---- loading.c, loading.S ---- */

extern void *lw_late_dlopen_real, *lw_late_dlsym_real;
extern bool lw_late_pending; /* something may have been loaded that was not swept */
void lw_late_dlopen(void);   /* hooks, in assembly: the loader asks who calls */
void lw_late_dlsym(void);

#pragma GCC visibility pop

#endif
