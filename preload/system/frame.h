/* What differs between processors about frames and unwinding; the system calls are in arch.h. */
#ifndef LW_FRAME_H
#define LW_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "leakwatch/ledger.h"

/* LW_CALLER_…: the return address, stack pointer and frame pointer that the caller of a hook had, from the hook's
 * frame address (hooks are compiled with a frame pointer). lw_unwind_from: makes a context, filled in just now, begin
 * there. */

/* The hook's own frame: its caller, and where the caller's stack begins, follow from it. */
#define LW_FRAME __builtin_frame_address(0)

#if defined(__x86_64__)

#define LW_MACHINE LW_MACHINE_X86_64
#define LW_STACKS_CAN_BE_LEARNT true /* return addresses lie just below the CFA */
#define LW_CONTEXT_ROOM 1024         /* bytes of libunwind's context and cursor */
#define LW_CURSOR_ROOM 1024
#define LW_CALLER_FP(frame) (((const uint64_t *)(frame))[0])
#define LW_CALLER_PC(frame) (((const uint64_t *)(frame))[1])
#define LW_CALLER_SP(frame) ((uint64_t)(frame) + 16)
#define LW_UNWIND_GETCONTEXT "_Ux86_64_getcontext"
#define LW_UNWIND_FP UNW_X86_64_RBP
#define lw_unwind_from(context, pc, sp, fp)                                                                            \
    do {                                                                                                               \
        (context)->uc_mcontext.gregs[REG_RIP] = (long long)(pc);                                                       \
        (context)->uc_mcontext.gregs[REG_RSP] = (long long)(sp);                                                       \
        (context)->uc_mcontext.gregs[REG_RBP] = (long long)(fp);                                                       \
    } while (0)

#elif defined(__aarch64__)

#define LW_MACHINE LW_MACHINE_AARCH64
#define LW_STACKS_CAN_BE_LEARNT false /* the return address of a frame lies at its bottom, whose place varies */
#define LW_CONTEXT_ROOM 4608
#define LW_CURSOR_ROOM 4096
/* The caller's frame record is the lowest thing in its frame, so its frame pointer is its stack pointer, unless it has
 * given memory to alloca or arguments to the stack; then its frame is described by the frame pointer anyway. */
#define LW_CALLER_FP(frame) (((const uint64_t *)(frame))[0])
#define LW_CALLER_PC(frame) (((const uint64_t *)(frame))[1])
#define LW_CALLER_SP(frame) (((const uint64_t *)(frame))[0])
#define LW_UNWIND_FP UNW_AARCH64_X29
#define lw_unwind_from(context, at_pc, at_sp, at_fp)                                                                   \
    do {                                                                                                               \
        (context)->uc_mcontext.pc = (at_pc);                                                                           \
        (context)->uc_mcontext.sp = (at_sp);                                                                           \
        (context)->uc_mcontext.regs[29] = (at_fp);                                                                     \
    } while (0)

#else
#error "leakwatch knows x86_64 and aarch64; another processor needs its part of frame.h and arch.h"
#endif

/* A program may have a handler that makes the best of a stack that has overflowed, on another one. So what we need of the
 * stack is touched before anything is done or begun that must not be left in the middle, and while that handler can run:
 * where its signal is blocked, the kernel kills. Not by a look below the stack pointer, which Valgrind would call a fault. */
#if defined(__clang__)
#define LW_STACK_NEEDED 688 /* its frames above lw_enter are larger */
#else
#define LW_STACK_NEEDED 768 /* below lw_enter: what a whole hook takes is tested to be less than a KiB */
#endif
/* What was opened can be closed at the same place: by the general road, from a frame that is larger. */
#define LW_STACK_NEEDED_TO_OPEN (LW_STACK_NEEDED + 128)
#if defined(__x86_64__)
#define lw_touch_stack(bytes)                                                                                          \
    __asm__ volatile("subq %0, %%rsp\n\tmovb $0, (%%rsp)\n\taddq %0, %%rsp" : : "i"(bytes) : "memory", "cc")
#elif defined(__aarch64__)
#define lw_touch_stack(bytes)                                                                                          \
    __asm__ volatile("sub sp, sp, %0\n\tstrb wzr, [sp]\n\tadd sp, sp, %0" : : "i"(bytes) : "memory")
#endif

/* Two words that are read, and replaced, by one instruction each: no signal handler sees, or leaves, half of them. */
struct lw_pair {
    uint64_t key, value;
} __attribute__((aligned(16)));

#if defined(__x86_64__)

/* Only against signal handlers of the same thread: so no bus lock. */
#define lw_replace(place, from, to)                                                                                    \
    ({                                                                                                                 \
        __typeof__(*(place)) lw_there = (from);                                                                        \
        __asm__ volatile("cmpxchgq %2, %1" : "+a"(lw_there), "+m"(*(place)) : "r"(to) : "cc", "memory");               \
        lw_there == (__typeof__(*(place)))(from);                                                                      \
    })

static inline struct lw_pair lw_pair_read(const struct lw_pair *pair)
{
    struct lw_pair copy;
    __asm__("movdqa %1, %%xmm0\n\tmovdqa %%xmm0, %0" : "=m"(copy) : "m"(*pair) : "xmm0");
    return copy;
}

static inline bool lw_pair_replace(struct lw_pair *pair, struct lw_pair from, struct lw_pair to)
{
    bool replaced;
    __asm__ volatile("cmpxchg16b %1"
                     : "=@ccz"(replaced), "+m"(*pair), "+a"(from.key), "+d"(from.value)
                     : "b"(to.key), "c"(to.value)
                     : "memory");
    return replaced;
}

#else

#define lw_replace(place, from, to)                                                                                    \
    ({                                                                                                                 \
        __typeof__(*(place)) lw_there = (from);                                                                        \
        __atomic_compare_exchange_n(place, &lw_there, to, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);                  \
    })

/* Never reached where no stack can be learnt: there are no memos then. */
static inline struct lw_pair lw_pair_read(const struct lw_pair *pair)
{
    return *pair;
}

static inline bool lw_pair_replace(struct lw_pair *pair, struct lw_pair from, struct lw_pair to)
{
    (void)pair, (void)from, (void)to;
    return false;
}

#endif

#endif
