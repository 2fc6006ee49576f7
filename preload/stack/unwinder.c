/* libunwind, loaded privately, and the walk up one stack.
 *
 * DESIGN. libunwind is mapped by ourselves (private_library.c) and bound to functions of our own (services.c),
 * never linked and not known to the loader: linked, its _Unwind_* symbols would take over the program's C++ exceptions;
 * by dlopen, a hook would wait for the loader's lock, and call a malloc that it may have interrupted. It is asked only to
 * step. unw_backtrace would be faster where it hits, but it keeps a cache for each thread.
 *
 * What it remembers of code goes by address. After a dlclose something else may be there, so it has to forget.
 *
 * All signals are blocked during a load and a walk: no handler can interrupt libunwind inside its lock, or leave it by a
 * longjmp. */
#define _GNU_SOURCE
#include "unwinder.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include "caller.h"
#include "ledger/ledger.h"
#include "library_path.h"
#include "modules.h"
#include "private_library.h"
#include "process/process.h"
#include "python/python.h"
#include "services.h"
#include "system/system.h"
#include "thread.h"

_Static_assert(sizeof(unw_context_t) <= sizeof(((struct lw_walk *)0)->context), "the walk's context is too small");
_Static_assert(sizeof(unw_cursor_t) <= sizeof(((struct lw_walk *)0)->cursor), "the walk's cursor is too small");

LW_START_DATA uint32_t lw_unwinder;
static LW_START_DATA uint32_t walking; /* threads inside libunwind now */
static LW_START_DATA uint32_t flushed; /* the generation of modules for which it remembers */
static LW_START_DATA struct lw_library library;

/* libunwind's names are macros for mangled ones. */
#define STRING(name) #name
#define MANGLED(name) STRING(name)

static LW_START_DATA struct {
    int (*getcontext)(unw_context_t *);
    int (*init_local)(unw_cursor_t *, unw_context_t *);
    int (*step)(unw_cursor_t *);
    int (*get_reg)(unw_cursor_t *, int, unw_word_t *);
    int (*get_save_loc)(unw_cursor_t *, int, unw_save_loc_t *);
    int (*is_signal_frame)(unw_cursor_t *);
    void (*flush_cache)(unw_addr_space_t, unw_word_t, unw_word_t);
    unw_addr_space_t *local_addr_space;
} unw;

/* ---- Loading ---- */

static bool look_up_all(const struct lw_library *from)
{
    static const struct {
        const char *name;
        void *function;
    } wanted[] = {
#ifdef LW_UNWIND_GETCONTEXT
        {LW_UNWIND_GETCONTEXT, &unw.getcontext},
#endif
        {MANGLED(unw_init_local), &unw.init_local},
        {MANGLED(unw_step), &unw.step},
        {MANGLED(unw_get_reg), &unw.get_reg},
        {MANGLED(unw_get_save_loc), &unw.get_save_loc},
        {MANGLED(unw_is_signal_frame), &unw.is_signal_frame},
        {MANGLED(unw_flush_cache), &unw.flush_cache},
        {MANGLED(unw_local_addr_space), &unw.local_addr_space},
    };
#ifndef LW_UNWIND_GETCONTEXT
    int (*own)(ucontext_t *) = getcontext; /* libunwind's is inline code, and its context is laid out as the kernel's */
    memcpy(&unw.getcontext, &own, sizeof own);
#endif
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        void *found = lw_library_symbol(from, wanted[i].name);
        if (!found)
            return false;
        memcpy(wanted[i].function, &found, sizeof found);
    }
    return true;
}

static int attempt(const char *path, void *context)
{
    (void)context;
    int error = lw_library_map(&library, path, lw_unwinder_service);
    if (error == 0 && !look_up_all(&library)) {
        lw_library_unmap(&library);
        error = -ENOEXEC;
    }
    return error;
}

void lw_unwinder_load(void)
{
    uint32_t untried = LW_UNWINDER_UNTRIED;
    if (!__atomic_compare_exchange_n(&lw_unwinder, &untried, LW_UNWINDER_LOADING, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED))
        return;
    int error = lw_library_search("libunwind.so.8", attempt, NULL);
    bool later = error == -EMFILE || error == -ENFILE || error == -ENOMEM;
    uint32_t outcome = error == 0 ? LW_UNWINDER_LOADED : later ? LW_UNWINDER_UNTRIED : LW_UNWINDER_MISSING;
    __atomic_store_n(&lw_unwinder, outcome, __ATOMIC_RELEASE);
    if (outcome != LW_UNWINDER_MISSING)
        return;
    if (lw_map.base)
        __atomic_fetch_or(&lw_header()->troubles, LW_TROUBLE_NO_UNWINDER, __ATOMIC_RELAXED);
    lw_say(
        "libunwind.so.8 cannot be loaded: stacks end at frames that it alone can leave (Debian's package: libunwind8)",
        NULL);
}

void lw_unwinder_forked(void)
{
    bool interrupted = __atomic_exchange_n(&walking, 0, __ATOMIC_ACQ_REL) != 0;
    if (lw_unwinder == LW_UNWINDER_LOADING) {
        library = (struct lw_library){0}; /* mapped or not */
        lw_unwinder = LW_UNWINDER_UNTRIED;
    } else if (lw_unwinder == LW_UNWINDER_LOADED && interrupted) {
        lw_library_unmap(&library); /* its lock may be held, its tables half changed */
        lw_unwinder = LW_UNWINDER_UNTRIED;
    }
}

/* ---- Where are we? ---- */

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
    lw_unwinder_at(pc);
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
        lw_unwinder_at(pc);
        if (unw.step(cursor) <= 0)
            break;
    }
    return false;
}

/* ---- What a signal came amid ---- */

#if defined(__x86_64__)
/* Does the code there begin with these bytes? What was jumped to by mistake is no code at all. */
static bool begins(uint64_t pc, const uint8_t *bytes, size_t count)
{
    return lw_is_readable(pc) && lw_is_readable(pc + count - 1) && memcmp((const void *)pc, bytes, count) == 0;
}

/* A handler of signals returns to `pc`, in the C library, and that to what was interrupted at `caller`: was that anything but
 * a system call? One that was is gone on with behind it, or made again. Only lines of an interpreter depend on that. */
static bool was_interrupted(uint64_t pc, uint64_t caller)
{
    static const uint8_t sigreturn[] = {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05}, *syscall_ = &sigreturn[7];
    enum { LENGTH = 2 };
    if (!lw_python_is_told() || !lw_in_libc(pc) || !begins(pc, sigreturn, sizeof sigreturn))
        return false;
    return !begins(caller, syscall_, LENGTH) && !begins(caller - LENGTH, syscall_, LENGTH);
}
#else
/* No lines are told here. */
static bool was_interrupted(uint64_t pc, uint64_t caller)
{
    (void)pc, (void)caller;
    return false;
}
#endif

/* ---- Code made at run time ---- */

#define FRAME_AT_MOST (1u << 20)

static bool is_in_module(uint64_t address)
{
    struct lw_image image;
    return lw_module_image(address, &image);
}

/* It has no unwind tables. Where its compiler keeps frame pointers, a frame says itself who called it; libunwind goes by
 * that, too, but only in small frames. What is believed is the way to a module or to a frame further out. */
static bool is_left_by_frame_pointer(uint64_t pc, uint64_t sp, uint64_t fp)
{
    if (fp < sp || fp % 8 || fp - sp > FRAME_AT_MOST || is_in_module(pc - 1) || !lw_is_readable(fp) ||
        !lw_is_readable(fp + 8))
        return false;
    uint64_t outer = ((const volatile uint64_t *)fp)[0], caller = ((const volatile uint64_t *)fp)[1];
    bool is_further_out = outer > fp && outer % 8 == 0 && outer - fp <= FRAME_AT_MOST;
    return caller != 0 && (is_further_out || is_in_module(caller - 1));
}

/* Where libunwind goes by a frame pointer, it mistakes where that frame ends: what lies behind may be unwound from the
 * wrong place, and cannot be remembered. */
static bool is_mistaken(unw_cursor_t *cursor, uint64_t fp)
{
    unw_word_t cfa = 0;
    unw_save_loc_t where;
    unw.get_reg(cursor, UNW_REG_SP, &cfa);
    return LW_STACKS_CAN_BE_LEARNT && cfa != fp + 16 && unw.get_save_loc(cursor, UNW_REG_IP, &where) == 0 &&
           where.type == UNW_SLT_MEMORY && where.u.addr == fp + 8;
}

static void go_on_outside(struct lw_walk *walk, uint64_t fp)
{
    const volatile uint64_t *record = (const volatile uint64_t *)fp;
    uint64_t outer = record[0], caller = record[1];
    unw_context_t *context = (unw_context_t *)(void *)walk->context;
    lw_unwinder_at(caller);
    unw.getcontext(context);
    lw_unwind_from(context, caller, fp + 16, outer);
    unw.init_local((unw_cursor_t *)(void *)walk->cursor, context);
}

static void step_through(struct lw_walk *walk, uint32_t limit)
{
    unw_cursor_t *cursor = (unw_cursor_t *)(void *)walk->cursor;
    unw_word_t pc, sp, fp, cfa, caller;
    unw.get_reg(cursor, UNW_REG_IP, &pc);
    unw.get_reg(cursor, UNW_REG_SP, &sp);
    uint64_t left_at = 0; /* the frame by whose pointer generated code was left last: it has the one of the next */
    bool signal_frame = unw.is_signal_frame(cursor) > 0;
    while (walk->depth < limit) {
        walk->sp[walk->depth] = sp;
        walk->address[walk->depth++] = pc;
        unw.get_reg(cursor, LW_UNWIND_FP, &fp);
        uint64_t fp_saved_at = frame_pointer_location(walk, cursor);
        if (fp_saved_at == 0)
            fp_saved_at = left_at;
        lw_unwinder_at(pc);
        int result = unw.step(cursor);
        if (result > 0 ? is_mistaken(cursor, fp) : is_left_by_frame_pointer(pc, sp, fp)) {
            go_on_outside(walk, fp);
            left_at = fp;
        } else if (result <= 0) {
            walk->learnable &= result == 0;
            return;
        }
        unw.get_reg(cursor, UNW_REG_IP, &caller);
        unw.get_reg(cursor, UNW_REG_SP, &cfa);
        if (caller == 0)
            return;
        bool above_is_signal_frame = unw.is_signal_frame(cursor) > 0;
        if (signal_frame || above_is_signal_frame || cfa <= sp)
            walk->learnable = false; /* restored from a signal context, or switched to another stack */
        else {
            depend_on_frame_pointer(walk, pc, sp, fp, cfa, fp_saved_at);
            add_slot(walk, cfa - 8, caller);
        }
        walk->interrupted |= was_interrupted(pc, caller);
        signal_frame = above_is_signal_frame;
        pc = caller;
        sp = cfa;
    }
}

/* What was remembered of modules that have gone since. */
static void flush(void)
{
    uint32_t now = __atomic_load_n(&lw_generation, __ATOMIC_ACQUIRE);
    if (__atomic_exchange_n(&flushed, now, __ATOMIC_ACQ_REL) != now)
        unw.flush_cache(*unw.local_addr_space, 0, 0);
}

bool lw_walk(struct lw_walk *walk, uint32_t limit, uint64_t pc, uint64_t sp, uint64_t fp)
{
    walk->depth = walk->slots = 0;
    walk->learnable = LW_STACKS_CAN_BE_LEARNT;
    walk->frame_pointer = walk->interrupted = walk->plain = false;
    if (__atomic_load_n(&lw_unwinder, __ATOMIC_ACQUIRE) != LW_UNWINDER_LOADED) {
        walk->address[walk->depth++] = pc;
        return false;
    }
    unw_context_t *context = (unw_context_t *)(void *)walk->context;
    uint8_t busy = lw_thread.busy;
    __atomic_fetch_add(&walking, 1, __ATOMIC_ACQ_REL);
    lw_thread.busy = 1;
    flush();
    lw_unwinder_at(pc);
    unw.getcontext(context);
    lw_unwind_from(context, pc, sp, fp);
    unw_cursor_t *cursor = (unw_cursor_t *)(void *)walk->cursor;
    if (unw.init_local(cursor, context) == 0 && skip_to(cursor, pc))
        step_through(walk, limit);
    __atomic_fetch_sub(&walking, 1, __ATOMIC_ACQ_REL);
    lw_thread.busy = busy;
    if (walk->depth == 0)
        walk->address[walk->depth++] = pc;
    return true;
}
