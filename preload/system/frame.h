/* What differs between processors about frames and unwinding; the system calls are in arch.h. */
#ifndef LW_FRAME_H
#define LW_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "leakwatch/ledger.h"

/* LW_FRAME: what a hook hands on of its own frame (hooks are compiled with a frame pointer). LW_CALLER_…: the return address,
 * stack pointer and frame pointer that its caller had, from that; LW_RETURN_SLOT: where its return address stands, LW_FRAME_ID:
 * the same number whenever this call of the hook asks. lw_unwind_from: makes a context, filled in just now, begin there.
 * lw_bare_address: a return address as it is saved, without a signature. */

/* Where whoever asks stands on the stack. */
#define LW_OWN_FRAME __builtin_frame_address(0)

#if defined(__x86_64__)

#define LW_MACHINE LW_MACHINE_X86_64
#define LW_CONTEXT_ROOM 1024 /* bytes of libunwind's context and cursor */
#define LW_CURSOR_ROOM 1024
#define LW_FRAME LW_OWN_FRAME
#define LW_CALLER_FP(frame) (((const uint64_t *)(frame))[0])
#define LW_CALLER_PC(frame) (((const uint64_t *)(frame))[1])
#define LW_CALLER_SP(frame) ((uint64_t)(frame) + 16)
#define LW_RETURN_SLOT(frame) ((uint64_t)(frame) + 8)
#define LW_FRAME_ID(frame) ((uint64_t)(frame))
#define lw_bare_address(saved) (saved)
#define LW_UNWIND_GETCONTEXT "_Ux86_64_getcontext"
#define LW_UNWIND_FP UNW_X86_64_RBP
#define LW_STACK_BEHIND_RECORD(fp)                                                                                     \
    ((fp) + 16) /* where the stack of who called begins, if only the frame pointer tells */
#define lw_unwind_from(context, pc, sp, fp)                                                                            \
    do {                                                                                                               \
        (context)->uc_mcontext.gregs[REG_RIP] = (long long)(pc);                                                       \
        (context)->uc_mcontext.gregs[REG_RSP] = (long long)(sp);                                                       \
        (context)->uc_mcontext.gregs[REG_RBP] = (long long)(fp);                                                       \
    } while (0)

#elif defined(__aarch64__)

#define LW_MACHINE LW_MACHINE_AARCH64
#define LW_CONTEXT_ROOM 4608
#define LW_CURSOR_ROOM 4096
/* How far below the caller's stack the record of a hook's frame stands is the compiler's affair, and in no register. So the
 * hook writes down what it knows, in its own frame; each of its questions makes another one, for as long as it runs
 * (-fstack-reuse=none). */
struct lw_hook_frame {
    uint64_t fp, pc, sp;
    const uint64_t *record; /* the frame pointer and the return address, as the hook has saved them */
};
#if defined(__clang__)
#define LW_CALLERS_STACK __builtin_sponentry()
#else
#define LW_CALLERS_STACK __builtin_dwarf_cfa()
#endif
#define LW_FRAME                                                                                                       \
    ((void *)&(struct lw_hook_frame){((const uint64_t *)LW_OWN_FRAME)[0], (uint64_t)__builtin_return_address(0),       \
                                     (uint64_t)LW_CALLERS_STACK, (const uint64_t *)LW_OWN_FRAME})
#define LW_CALLER_FP(frame) (((const struct lw_hook_frame *)(frame))->fp)
#define LW_CALLER_PC(frame) (((const struct lw_hook_frame *)(frame))->pc)
#define LW_CALLER_SP(frame) (((const struct lw_hook_frame *)(frame))->sp)
#define LW_RETURN_SLOT(frame) ((uint64_t) & ((const struct lw_hook_frame *)(frame))->record[1])
#define LW_FRAME_ID(frame) ((uint64_t)((const struct lw_hook_frame *)(frame))->record)
#define LW_UNWIND_FP UNW_AARCH64_X29
#define LW_UNWIND_RETURN UNW_AARCH64_X30
#define LW_STACK_BEHIND_RECORD(fp) (*(const volatile uint64_t *)(fp)) /* most frames have their record lowest */
#define lw_unwind_from(context, at_pc, at_sp, at_fp)                                                                   \
    do {                                                                                                               \
        (context)->uc_mcontext.pc = (at_pc);                                                                           \
        (context)->uc_mcontext.sp = (at_sp);                                                                           \
        (context)->uc_mcontext.regs[29] = (at_fp);                                                                     \
    } while (0)

/* XPACLRI, which older processors take for no operation: they sign nothing. */
static inline uint64_t lw_bare_address(uint64_t saved)
{
    register uint64_t link __asm__("x30") = saved;
    __asm__("hint #7" : "+r"(link));
    return link;
}

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

static inline struct lw_pair lw_pair_read(const struct lw_pair *pair)
{
    struct lw_pair copy;
    __asm__("ldp %0, %1, %2" : "=r"(copy.key), "=r"(copy.value) : "Q"(*pair));
    return copy;
}

/* A signal that comes in between takes the reservation away, and it is tried again. */
static inline bool lw_pair_replace(struct lw_pair *pair, struct lw_pair from, struct lw_pair to)
{
    struct lw_pair there;
    uint32_t lost;
    __asm__ volatile("1:\tldxp %0, %1, %3\n\tcmp %0, %4\n\tccmp %1, %5, #0, eq\n\tb.ne 2f\n\t"
                     "stxp %w2, %6, %7, %3\n\tcbnz %w2, 1b\n2:"
                     : "=&r"(there.key), "=&r"(there.value), "=&r"(lost), "+Q"(*pair)
                     : "r"(from.key), "r"(from.value), "r"(to.key), "r"(to.value)
                     : "cc", "memory");
    return there.key == from.key && there.value == from.value;
}

#endif

#endif
