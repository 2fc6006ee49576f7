/* Raw system calls: no PLT, no errno, no cancellation point. The result is the kernel's: negative is an errno. */
#ifndef LW_SYSTEM_H
#define LW_SYSTEM_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "arch.h"
#include "clock.h"
#include "frame.h"
#include "numbers.h"

struct stat;

/* Of an address that a system call was to give. */
#define lw_is_error(result) ((unsigned long)(result) >= -4095UL)

/* Small data that every process touches while it starts, or begins a ledger, stands together in one page, which the loader
 * has touched already: a page more is a page fault in each of them. What is large stays out of it. */
#define LW_START_DATA __attribute__((section(".data.start")))
/* The same for what a process touches only as its ledger begins; all zero, and small. */
#define LW_BEGIN_DATA __attribute__((section(".sbss.begin")))
/* And code that every process runs while it starts or ends: before what is hot, by this name. */
#define LW_START_CODE __attribute__((section(".text.startup")))

#define LW_PAGE 4096u /* bytes of the smallest page there is; larger ones are multiples of it */

#define SIG_BLOCK_RAW 0
#define SIG_SETMASK_RAW 2

#define lw_system0(n) lw_syscall6(n, 0, 0, 0, 0, 0, 0)
#define lw_system1(n, a) lw_syscall6(n, (long)(a), 0, 0, 0, 0, 0)
#define lw_system2(n, a, b) lw_syscall6(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define lw_system3(n, a, b, c) lw_syscall6(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define lw_system4(n, a, b, c, d) lw_syscall6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

/* No handler may run, and so none may leave by a longjmp, between these two. */
static inline void lw_block_signals(uint64_t *before)
{
    uint64_t all = ~0ULL;
    lw_system4(SYS_rt_sigprocmask, SIG_SETMASK_RAW, &all, before, 8);
}

static inline void lw_restore_signals(const uint64_t *before)
{
    lw_system4(SYS_rt_sigprocmask, SIG_SETMASK_RAW, before, 0, 8);
}

/* The second number of the C library's version; 0: it is not glibc 2. */
uint32_t lw_libc_minor(void) __attribute__((visibility("hidden")));
/* Is it 34 or more? From then on it is one library. Told by what was looked up, without the page that the version stands on. */
extern bool lw_libc_is_whole __attribute__((visibility("hidden")));
/* fstat, by the call that this C library makes of it; the result is the kernel's. */
long lw_stat_number(int number, struct stat *about) __attribute__((visibility("hidden")));

#endif
