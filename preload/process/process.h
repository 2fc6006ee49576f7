/* The process that is being watched: in which phase leakwatch is, which settings hold, and what may be asked of the system.
 * Hidden data, no lock. */
#ifndef LW_PROCESS_H
#define LW_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "leakwatch/attachment.h"

#include "errand.h"
#include "filter.h"
#include "injectable.h"
#include "options.h"
#include "pages.h"
#include "system/system.h"

/* Found by the command that attaches: see leakwatch/attachment.h. */
extern __attribute__((visibility("default"))) struct leakwatch_attached leakwatch_attached;

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
/* The same as a number that is never 0, for who goes the usual way of locks. */
static inline uint32_t lw_turn(void)
{
    return __atomic_load_n(&lw_generation, __ATOMIC_ACQUIRE) + 1;
}
extern bool lw_late;                /* our library was loaded by a process that ran already: see late/ */
extern const char *lw_late_options; /* its settings: the environment is the program's */
extern bool lw_attaching;           /* the ledger that begins now is of a process that has run until now without one */
extern bool lw_strict;              /* no system calls in hooks from now on: seccomp, or asked for */
extern struct lw_options lw_options;

/* A page that fork wipes, so that a forked child does not take for its own what is its parent's. (No less than any kernel's
 * page, and in .bss, of which alone that can be asked.) */
#define LW_OURS 0x6f757273u
#define LW_USUAL_CALLS 64
union lw_wiped {
    struct {
        volatile uint32_t owner; /* whose memory is this? LW_OURS in the process that wrote it, 0 in a forked child */
        uint32_t turn;           /* lw_turn(), if hooks of locks may go their usual way: see lock/usual.h; else 0 */
        int64_t thread;          /* where the running thread's lw_thread lies, from what it is known by */
        void *real[LW_USUAL_CALLS];
    };
#if defined(__x86_64__)
    char page[4096];
#else
    char page[65536];
#endif
};
extern union lw_wiped lw_wiped;
#define lw_owner (&lw_wiped.owner)
extern uint32_t lw_pid; /* of the process that started, or noticed being forked */

/* What is asked for so often that it must not cost a look at lw_options. */
extern uint32_t lw_check;

/* The processor's clock may not be read from now on. */
void lw_clock_forbidden(void);
/* Nanoseconds of any clock. */
uint64_t lw_now_of(int clock);
/* The kernel's own function for that, which it maps into every process; where there is none, a system call. Neither is the
 * C library's, of which sanitizers note where it writes the time to. */
extern int (*lw_read_clock)(clockid_t, struct timespec *);
/* At the kernel's tick: the one clock that never needs a system call, where the kernel has that function. */
static inline __attribute__((always_inline)) uint64_t lw_now(void)
{
    struct timespec now;
    lw_read_clock(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

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
