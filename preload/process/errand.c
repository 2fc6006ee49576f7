/* A short-lived thread that shares everything with the program but the table of descriptors: it gets a copy of that, and
 * closes a number in it, which nobody notices. This thread waits for it as after vfork.
 *
 * A thread, not a process: no wait of the program's can find it, and it is gone when it has ended. It has no stack but
 * this and all signals blocked, and it calls nothing that could look for thread-local data of its own. Its descriptors
 * are closed by its end; locks of POSIX belong to a table, so those of the program stay. */
#include "errand.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "filter.h"
#include "process.h"
#include "system/system.h"

#define STACK (16u * 1024)

struct errand {
    lw_work *work;
    void *argument;
    long result;
};

static __attribute__((used)) void run(struct errand *errand)
{
    lw_system1(SYS_close, 0); /* open, or the table would not be full */
    errand->result = errand->work(errand->argument);
}

/* The kernel's result, in the program's thread; the other one never returns. */
static long start(struct errand *errand, uint8_t *top)
{
    long flags = CLONE_VM | CLONE_FS | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_VFORK;
#if defined(__x86_64__)
    register struct errand *r9 __asm__("r9") = errand;
    register void (*r8)(struct errand *) __asm__("r8") = run;
    register long r10 __asm__("r10") = 0;
    long result = SYS_clone;
    __asm__ volatile("syscall\n\t"
                     "testq %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xorl %%ebp, %%ebp\n\t"
                     "movq %%r9, %%rdi\n\t"
                     "call *%%r8\n\t"
                     "xorl %%edi, %%edi\n\t"
                     "movl %[leave], %%eax\n\t"
                     "syscall\n"
                     "1:"
                     : "+a"(result)
                     : "D"(flags), "S"(top), "d"(0L), "r"(r10), "r"(r8), "r"(r9), [leave] "i"(SYS_exit)
                     : "rcx", "r11", "memory");
    return result;
#else
    register long x8 __asm__("x8") = SYS_clone;
    register long x0 __asm__("x0") = flags;
    register uint8_t *x1 __asm__("x1") = top;
    register long x2 __asm__("x2") = 0;
    register long x3 __asm__("x3") = 0;
    register long x4 __asm__("x4") = 0;
    register struct errand *x5 __asm__("x5") = errand;
    register void (*x6)(struct errand *) __asm__("x6") = run;
    __asm__ volatile("svc 0\n\t"
                     "cbnz x0, 1f\n\t"
                     "mov x29, xzr\n\t"
                     "mov x0, x5\n\t"
                     "blr x6\n\t"
                     "mov x0, xzr\n\t"
                     "mov x8, %[leave]\n\t"
                     "svc 0\n"
                     "1:"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x6), [leave] "i"(SYS_exit)
                     : "memory");
    return x0;
#endif
}

long lw_errand(lw_work *work, void *argument)
{
    static _Alignas(64) uint8_t stack[STACK];
    static uint32_t busy;
    long result = work(argument);
    if (result != -EMFILE || lw_strict || lw_careful || __atomic_exchange_n(&busy, 1, __ATOMIC_ACQUIRE))
        return result;
    struct errand errand = {work, argument, result};
    uint64_t signals;
    lw_block_signals(&signals);
    start(&errand, stack + STACK);
    lw_restore_signals(&signals);
    __atomic_store_n(&busy, 0, __ATOMIC_RELEASE);
    return errand.result;
}
