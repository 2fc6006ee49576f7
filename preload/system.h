/* Raw system calls: no PLT, no errno, no cancellation point. The result is the kernel's: negative is an errno. */
#ifndef LW_SYSTEM_H
#define LW_SYSTEM_H

#include "arch.h"

/* Of an address that a system call was to give. */
#define lw_is_error(result) ((unsigned long)(result) >= -4095UL)

#define SIG_BLOCK_RAW 0
#define SIG_SETMASK_RAW 2

#define lw_system0(n) lw_syscall6(n, 0, 0, 0, 0, 0, 0)
#define lw_system1(n, a) lw_syscall6(n, (long)(a), 0, 0, 0, 0, 0)
#define lw_system2(n, a, b) lw_syscall6(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define lw_system3(n, a, b, c) lw_syscall6(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define lw_system4(n, a, b, c, d) lw_syscall6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

#endif
