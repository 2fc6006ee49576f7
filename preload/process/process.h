/* The process that is being watched: in which phase leakwatch is, which settings hold, and what may be asked of the system.
 * Hidden data, no lock. */
#ifndef LW_PROCESS_H
#define LW_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "errand.h"
#include "filter.h"
#include "injectable.h"
#include "options.h"
#include "pages.h"
#include "system/system.h"

#pragma GCC visibility push(hidden)

enum lw_phase {
    LW_PHASE_EARLY,     /* the real functions are not known yet: hooks use early.c */
    LW_PHASE_STARTING,  /* they are being looked up, by one thread */
    LW_PHASE_READY,     /* no ledger yet: the first acquisition worth recording begins it */
    LW_PHASE_BEGINNING, /* one thread is making it */
    LW_PHASE_KEEPING,   /* there is a ledger */
    LW_PHASE_OFF        /* could not be, or is over: hooks only forward */
};

/* Data that every hook reads stands together in one page, and code that it runs in a few: after each system call the
 * processor has to find its pages anew, and that is the larger part of what a hook costs. */
#define LW_HOT_DATA __attribute__((section(".lw_hot")))
#define LW_HOT_CODE __attribute__((hot))

extern uint32_t lw_phase; /* enum lw_phase, atomic */
/* Is there a ledger? */
static inline bool lw_keeping(void)
{
    return __atomic_load_n(&lw_phase, __ATOMIC_ACQUIRE) == LW_PHASE_KEEPING;
}
extern bool lw_constructed;    /* our constructor has run: the heap and the loader can be trusted */
extern char **lw_arguments;    /* of the process */
extern uint32_t lw_era;        /* raised with every new ledger: what was remembered for the old one is void */
extern uint32_t lw_generation; /* raised when modules go: remembered stacks are void */
extern bool lw_strict;         /* no system calls in hooks from now on: seccomp, or asked for */
extern struct lw_options lw_options;

/* Whose memory is this? A word in a page that fork wipes: LW_OURS in the process that wrote it, 0 in a forked child. */
#define LW_OURS 0x6f757273u
extern volatile uint32_t *lw_owner;
extern uint32_t lw_pid; /* of the process that started, or noticed being forked */

/* What is asked for so often that it must not cost a look at lw_options. */
extern uint32_t lw_check;

/* Nanoseconds, at the kernel's tick: the one clock that never needs a system call. */
uint64_t lw_now(void);
uint64_t lw_now_of(int clock);

/* Has this thread of ours ended? */
static inline bool lw_thread_is_gone(uint32_t thread)
{
    return lw_system3(SYS_tgkill, lw_pid, thread, 0) == -ESRCH;
}

/* Remembers what stderr is now: only there is anything said. A program may put a file of its own at that number. */
void lw_say_to_this_stderr(void);
/* One line on stderr, by one raw write, with "leakwatch: " before it; several pieces up to NULL. */
void lw_say(const char *piece, ...);
/* A path as a word for the shell: as it is where it is plain, else in $'…'. */
void lw_quote(char *to, size_t size, const char *path);
/* Appends a number in decimal, and 0; returns where that 0 stands. */
char *lw_append_number(char *at, uint64_t number);

#pragma GCC visibility pop

#endif
