/* libunwind, loaded privately, and the walk up one stack.
 *
 * DESIGN. libunwind is loaded by dlopen under RTLD_LOCAL and never linked: linked, its _Unwind_* symbols would take over
 * the program's C++ exceptions. It is asked only to step. unw_backtrace would be faster where it hits, but it keeps a
 * thread-local cache, which the loader allocates with malloc at a thread's first call: not from a hook.
 *
 * libunwind checks doubtful addresses by writing them to a pipe of its own. A program that closes everything would
 * make it re-open that pipe over the program's descriptors. It reaches for pipe2 and write through our own hooks,
 * though, so they answer: the pipe's ends are numbers that never exist, and the check is a system call that reads the
 * address and does nothing. No descriptor of leakwatch's own is ever open in the program.
 *
 * All signals are blocked during a load and a walk: no handler can interrupt libunwind inside its locks, or leave it by
 * a longjmp. It blocks and unblocks
 * them itself too, six calls a step; those go through our sigprocmask hook and are answered there. */
#define _GNU_SOURCE
#include "unwinder.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include "ledger.h"
#include "life.h"
#include "frame.h"
#include "process.h"
#include "system.h"
#include "thread.h"

_Static_assert(sizeof(unw_context_t) <= sizeof(((struct lw_walk *)0)->context), "the walk's context is too small");
_Static_assert(sizeof(unw_cursor_t) <= sizeof(((struct lw_walk *)0)->cursor), "the walk's cursor is too small");

#define FAKE_PIPE (-7)

uint32_t lw_unwinder;
volatile bool lw_unwinder_wait;

/* libunwind's names are macros for mangled ones. */
#define STRING(name) #name
#define MANGLED(name) STRING(name)

static struct {
    int (*getcontext)(unw_context_t *);
    int (*init_local)(unw_cursor_t *, unw_context_t *);
    int (*step)(unw_cursor_t *);
    int (*get_reg)(unw_cursor_t *, int, unw_word_t *);
    int (*get_save_loc)(unw_cursor_t *, int, unw_save_loc_t *);
    int (*is_signal_frame)(unw_cursor_t *);
} unw;

static bool look_up_all(void *library)
{
    static const struct {
        const char *name;
        void *function;
    } wanted[] = {
        {LW_UNWIND_GETCONTEXT, &unw.getcontext},
        {MANGLED(unw_init_local), &unw.init_local},
        {MANGLED(unw_step), &unw.step},
        {MANGLED(unw_get_reg), &unw.get_reg},
        {MANGLED(unw_get_save_loc), &unw.get_save_loc},
        {MANGLED(unw_is_signal_frame), &unw.is_signal_frame},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        void *found = dlsym(library, wanted[i].name);
        if (!found)
            return false;
        memcpy(wanted[i].function, &found, sizeof found);
    }
    return true;
}

void lw_unwinder_load(void)
{
    uint32_t untried = LW_UNWINDER_UNTRIED;
    if (!__atomic_compare_exchange_n(&lw_unwinder, &untried, LW_UNWINDER_MISSING, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED))
        return;
    void *library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
    if (library && look_up_all(library)) {
        __atomic_store_n(&lw_unwinder, LW_UNWINDER_LOADED, __ATOMIC_RELEASE);
        return;
    }
    dlerror(); /* the failure is ours: the program must not find it */
    if (lw_map.base)
        __atomic_fetch_or(&lw_header()->troubles, LW_TROUBLE_NO_UNWINDER, __ATOMIC_RELAXED);
    lw_say("libunwind.so.8 cannot be loaded: stacks are one frame deep (Debian's package: libunwind8)", NULL);
}

/* ---- Is this a signal handler? ---- */

struct kernel_sigaction {
    void *handler;
    unsigned long flags;
    uint64_t restorer, mask; /* where there is no restorer, the mask stands in its place and one word is not used */
};

/* Where handlers return to: an address in [*start, *start + *length). False: no handler is installed. */
static bool trampoline(uint64_t *start, uint64_t *length)
{
    for (int number = 1; number <= 64; number++) {
        struct kernel_sigaction action;
        if (lw_system4(SYS_rt_sigaction, number, 0, &action, 8) != 0 || action.handler == (void *)SIG_DFL ||
            action.handler == (void *)SIG_IGN)
            continue;
        *start = LW_HAS_RESTORER ? action.restorer : getauxval(AT_SYSINFO_EHDR);
        *length = LW_HAS_RESTORER ? 1 : 8192;
        return true;
    }
    return false;
}

extern void *__libc_stack_end __attribute__((visibility("default")));

bool lw_quiet(const void *frame)
{
    uint64_t start, length;
    if (lw_unwinder_wait)
        return false;
    if (!trampoline(&start, &length))
        return true;
    const uint64_t *end = lw_thread_id(&lw_thread) == lw_pid ? __libc_stack_end : __builtin_thread_pointer();
    if ((const uint64_t *)frame >= end || (const char *)end - (const char *)frame > (1 << 26))
        return false; /* some other stack: nothing is known of its end */
    for (const uint64_t *word = frame; word + 2 < end; word++)
        if (*word - start < length && LW_IS_SIGNAL_FRAME(word))
            return false;
    return true;
}

bool lw_on_signal_stack(uint64_t *room)
{
    stack_t stack;
    if (lw_strict)
        return true;
    if (lw_system2(SYS_sigaltstack, 0, &stack) != 0 || !(stack.ss_flags & SS_ONSTACK))
        return false;
    if (room)
        *room = (uint64_t)__builtin_frame_address(0) - (uint64_t)stack.ss_sp;
    return true;
}

#define ROOM (16u * 1024) /* libunwind's own frames, with what the loader needs below them */

bool lw_stack_has_room(const void *frame)
{
    (void)frame;
    uint64_t room = 0;
    return !lw_on_signal_stack(&room) || room >= ROOM;
}

/* ---- What libunwind asks of hooked functions ---- */

int lw_unwinder_pipe(int fds[2])
{
    fds[0] = fds[1] = FAKE_PIPE;
    return 0;
}

/* Reads one byte of our own memory by a system call, which says EFAULT where a load would fault. Where that call is not
 * allowed: an invalid `how` is refused only after the set has been read, so this reads eight bytes and does no more. */
long lw_unwinder_write(const void *address)
{
    uint8_t byte;
    struct iovec here = {&byte, 1}, there = {(void *)(uintptr_t)address, 1};
    long result = lw_syscall6(SYS_process_vm_readv, lw_pid, (long)&here, 1, (long)&there, 1, 0);
    if (result == 1)
        return 1;
    if (result == -EFAULT || lw_system4(SYS_rt_sigprocmask, -1, (long)address, 0, 8) == -EFAULT) {
        errno = EFAULT;
        return -1;
    }
    return 1;
}

/* ---- The walk ---- */

static void add_slot(struct lw_walk *walk, uint64_t location, uint64_t value)
{
    if (walk->slots == LW_WALK_SLOTS)
        walk->learnable = false;
    else if (*(const volatile uint64_t *)location != value)
        walk->learnable = false; /* it came from elsewhere */
    else
        walk->slot[walk->slots++] = (__typeof__(walk->slot[0])){location, value};
}

/* Where this frame would begin if its frame pointer were another one. */
static uint64_t try_frame_pointer(struct lw_walk *walk, uint64_t pc, uint64_t sp, uint64_t fp)
{
    unw_context_t *context = (unw_context_t *)(void *)walk->trial_context;
    unw_cursor_t *cursor = (unw_cursor_t *)(void *)walk->trial_cursor;
    unw_word_t cfa = 0;
    unw.getcontext(context);
    lw_unwind_from(context, pc, sp, fp);
    if (unw.init_local(cursor, context) == 0 && unw.step(cursor) > 0)
        unw.get_reg(cursor, UNW_REG_SP, &cfa);
    return cfa;
}

/* A frame pointer outside its frame is only data. Within it, it may be what the frame was unwound by, or the address of
 * some variable: a trial with another value tells. */
static void depend_on_frame_pointer(struct lw_walk *walk, uint64_t pc, uint64_t sp, uint64_t fp, uint64_t cfa,
                                    uint64_t saved_at)
{
    if (fp < sp || fp > cfa)
        return;
    uint64_t moved = cfa == fp + 16 ? 0 : try_frame_pointer(walk, pc, sp, fp + 16);
    if (moved == cfa)
        return;
    if (saved_at)
        add_slot(walk, saved_at, fp);
    else
        walk->frame_pointer = true;
    if (cfa == fp + 16 || moved == cfa + 16)
        return;
    /* A realigned frame keeps the address of its beginning just below the frame pointer. */
    if (fp - 8 >= sp && *(const volatile uint64_t *)(fp - 8) == cfa)
        add_slot(walk, fp - 8, cfa);
    else
        walk->learnable = false;
}

/* Where the frame pointer of this frame was saved by an inner one; 0: nowhere, it is live. unw_get_save_loc never says
 * so, it gives an address inside the context. */
static uint64_t frame_pointer_location(struct lw_walk *walk, unw_cursor_t *cursor)
{
    unw_save_loc_t where;
    if (unw.get_save_loc(cursor, LW_UNWIND_FP, &where) != 0 || where.type != UNW_SLT_MEMORY)
        return 0;
    uintptr_t inside = (uintptr_t)walk;
    return where.u.addr >= inside && where.u.addr < inside + sizeof *walk ? 0 : where.u.addr;
}

/* To the hook's caller, where the walk could only begin in our own frames. */
static bool skip_to(unw_cursor_t *cursor, uint64_t wanted)
{
    unw_word_t pc = 0;
    for (int i = 0; i < 16; i++) {
        unw.get_reg(cursor, UNW_REG_IP, &pc);
        if (pc == wanted)
            return true;
        if (unw.step(cursor) <= 0)
            break;
    }
    return false;
}

static void step_through(struct lw_walk *walk, uint32_t limit)
{
    unw_cursor_t *cursor = (unw_cursor_t *)(void *)walk->cursor;
    unw_word_t pc, sp, fp, cfa, caller;
    unw.get_reg(cursor, UNW_REG_IP, &pc);
    unw.get_reg(cursor, UNW_REG_SP, &sp);
    while (walk->depth < limit) {
        walk->address[walk->depth++] = pc;
        unw.get_reg(cursor, LW_UNWIND_FP, &fp);
        uint64_t fp_saved_at = frame_pointer_location(walk, cursor);
        bool signal_frame = unw.is_signal_frame(cursor) > 0;
        int result = unw.step(cursor);
        if (result <= 0) {
            walk->learnable &= result == 0;
            return;
        }
        unw.get_reg(cursor, UNW_REG_IP, &caller);
        unw.get_reg(cursor, UNW_REG_SP, &cfa);
        if (caller == 0)
            return;
        if (signal_frame || cfa <= sp)
            walk->learnable = false; /* restored from a signal context, or switched to another stack */
        else {
            depend_on_frame_pointer(walk, pc, sp, fp, cfa, fp_saved_at);
            add_slot(walk, cfa - 8, caller);
        }
        pc = caller;
        sp = cfa;
    }
}

bool lw_walk(struct lw_walk *walk, uint32_t limit, uint64_t pc, uint64_t sp, uint64_t fp)
{
    walk->depth = walk->slots = 0;
    walk->learnable = LW_STACKS_CAN_BE_LEARNT;
    walk->frame_pointer = false;
    if (__atomic_load_n(&lw_unwinder, __ATOMIC_ACQUIRE) != LW_UNWINDER_LOADED) {
        walk->address[walk->depth++] = pc;
        return false;
    }
    unw_context_t *context = (unw_context_t *)(void *)walk->context;
    uint8_t busy = lw_thread.busy;
    __atomic_fetch_add(&lw_walking, 1, __ATOMIC_ACQ_REL);
    lw_thread.busy = lw_thread.unwinding = 1;
    unw.getcontext(context);
    lw_unwind_from(context, pc, sp, fp);
    unw_cursor_t *cursor = (unw_cursor_t *)(void *)walk->cursor;
    if (unw.init_local(cursor, context) == 0 && skip_to(cursor, pc))
        step_through(walk, limit);
    lw_thread.unwinding = 0;
    __atomic_fetch_sub(&lw_walking, 1, __ATOMIC_ACQ_REL);
    lw_thread.busy = busy;
    if (walk->depth == 0)
        walk->address[walk->depth++] = pc;
    return true;
}
