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
#include "columns.h"
#include "ledger/ledger.h"
#include "library_path.h"
#include "modules.h"
#include "private_library.h"
#include "process/process.h"
#include "python/python.h"
#include "services.h"
#include "system/system.h"
#include "thread.h"
#include "unwind_table.h"

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

/* One that is left. */
struct frame {
    unw_word_t pc, sp, fp;
    uint64_t fp_saved_at; /* where an inner frame has saved its frame pointer; 0: it is live */
    bool is_of_signal;
    bool is_interrupted; /* by a signal: at its address itself */
    bool is_outside;     /* it was left by its frame pointer, not by libunwind */
    bool is_signed;      /* it was left by its table */
};

static void add_slot(struct lw_walk *walk, uint64_t location, uint64_t value)
{
    if (walk->slots == LW_WALK_SLOTS || location == 0)
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

/* Where this register was saved by an inner frame; 0: nowhere, it is live. unw_get_save_loc never says so, it gives an
 * address inside the context. */
static uint64_t saved_location(struct lw_walk *walk, unw_cursor_t *cursor, int number)
{
    unw_save_loc_t where;
    if (unw.get_save_loc(cursor, number, &where) != 0 || where.type != UNW_SLT_MEMORY)
        return 0;
    uintptr_t inside = (uintptr_t)walk;
    return where.u.addr >= inside && where.u.addr < inside + sizeof *walk ? 0 : where.u.addr;
}

/* Where the frame that was left just now had its return address. */
static uint64_t return_location(struct lw_walk *walk, unw_cursor_t *cursor, const struct frame *frame, uint64_t cfa)
{
#ifdef LW_UNWIND_RETURN
    (void)cfa;
    return frame->is_outside ? frame->fp + 8 : saved_location(walk, cursor, LW_UNWIND_RETURN);
#else
    (void)walk, (void)cursor, (void)frame;
    return cfa - 8;
#endif
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
    return cfa != fp + 16 && unw.get_save_loc(cursor, UNW_REG_IP, &where) == 0 && where.type == UNW_SLT_MEMORY &&
           where.u.addr == fp + 8;
}

/* Elsewhere than at the hook's caller: libunwind begins once more. */
static void go_on_at(struct lw_walk *walk, uint64_t pc, uint64_t sp, uint64_t fp)
{
    unw_context_t *context = (unw_context_t *)(void *)walk->context;
    lw_unwinder_at(pc);
    unw.getcontext(context);
    lw_unwind_from(context, pc, sp, fp);
    unw.init_local((unw_cursor_t *)(void *)walk->cursor, context);
}

/* Where frames do not begin behind their records, libunwind has a way by frame pointers, too, and does not tell. */
static bool is_left_otherwise(unw_cursor_t *cursor, const struct frame *frame, int result)
{
    if (LW_RETURNS_BELOW && result > 0)
        return is_mistaken(cursor, frame->fp);
    bool may_be = LW_RETURNS_BELOW || !frame->is_of_signal; /* which is in no module everywhere */
    return may_be && is_left_by_frame_pointer(frame->pc, frame->sp, frame->fp);
}

static void go_on_outside(struct lw_walk *walk, const struct frame *frame)
{
    const volatile uint64_t *record = (const volatile uint64_t *)frame->fp;
    go_on_at(walk, lw_bare_address(record[1]), LW_STACK_BEHIND_RECORD(frame->fp), record[0]);
}

/* What leaving this frame depended on. cfa: where the next one begins; returned_at: where the return address was. */
static void depend(struct lw_walk *walk, const struct frame *frame, uint64_t cfa, uint64_t returned_at, uint64_t caller)
{
    if (!LW_RETURNS_BELOW && returned_at == frame->fp + 8 && frame->is_outside) {
        if (frame->fp_saved_at)
            add_slot(walk, frame->fp_saved_at, frame->fp);
        else
            walk->frame_pointer = true;
        add_slot(walk, frame->fp, cfa);
    } else
        depend_on_frame_pointer(walk, frame->pc, frame->sp, frame->fp, cfa, frame->fp_saved_at);
    add_slot(walk, returned_at, caller);
}

/* libunwind takes what is signed for the address itself, and reads there: so it never gets to see that. */
static bool is_signed(const struct frame *frame, struct lw_leaving *leaving)
{
    if (!LW_RETURNS_SIGNED)
        return false;
    *leaving = lw_unwind_table_find(frame->pc - !frame->is_interrupted);
    return leaving->kind == LW_LEAVING_REFUSED || leaving->kind & LW_LEAVING_SIGNED;
}

/* False: not in a plain way. */
static bool leave_signed(struct lw_walk *walk, const struct frame *frame, const struct lw_leaving *leaving,
                         uint64_t *fp_saved_at)
{
    bool has_record = (leaving->kind & ~LW_LEAVING_SIGNED) == LW_LEAVING_PLAIN;
    uint64_t cfa = (leaving->by_fp ? frame->fp : frame->sp) + (uint64_t)(int64_t)leaving->distance;
    uint64_t saved = cfa + 8 * (uint64_t)(int64_t)leaving->saved_at, returns = saved + 8 * has_record;
    if (leaving->kind == LW_LEAVING_REFUSED || saved < frame->sp || saved >= cfa || saved % 8 ||
        !lw_is_readable(saved) || !lw_is_readable(returns))
        return false;
    uint64_t fp = has_record ? *(const volatile uint64_t *)saved : frame->fp;
    uint64_t caller = *(const volatile uint64_t *)returns;
    if (leaving->by_fp && frame->fp_saved_at)
        add_slot(walk, frame->fp_saved_at, frame->fp);
    walk->frame_pointer |= leaving->by_fp && !frame->fp_saved_at;
    add_slot(walk, returns, caller);
    *fp_saved_at = has_record ? saved : frame->fp_saved_at;
    go_on_at(walk, lw_bare_address(caller), cfa, fp);
    return true;
}

/* To the frame's caller. left_at: where libunwind does not know any more that the frame pointer was saved. False: it ends. */
static bool step(struct lw_walk *walk, struct frame *frame, uint64_t *left_at)
{
    unw_cursor_t *cursor = (unw_cursor_t *)(void *)walk->cursor;
    lw_unwinder_at(frame->pc);
    struct lw_leaving leaving;
    if (is_signed(frame, &leaving)) {
        frame->is_signed = true;
        bool is_left = leave_signed(walk, frame, &leaving, left_at);
        walk->learnable &= is_left;
        return is_left;
    }
    int result = unw.step(cursor);
    frame->is_outside = is_left_otherwise(cursor, frame, result);
    if (frame->is_outside) {
        go_on_outside(walk, frame);
        *left_at = frame->fp;
    } else if (result <= 0)
        walk->learnable &= result == 0;
    return frame->is_outside || result > 0;
}

static void step_through(struct lw_walk *walk, uint32_t limit)
{
    unw_cursor_t *cursor = (unw_cursor_t *)(void *)walk->cursor;
    struct frame frame = {0};
    unw_word_t cfa, caller;
    unw.get_reg(cursor, UNW_REG_IP, &frame.pc);
    unw.get_reg(cursor, UNW_REG_SP, &frame.sp);
    uint64_t left_at = 0;
    frame.is_of_signal = unw.is_signal_frame(cursor) > 0;
    while (walk->depth < limit) {
        walk->sp[walk->depth] = frame.sp;
        walk->address[walk->depth++] = frame.pc;
        unw.get_reg(cursor, LW_UNWIND_FP, &frame.fp);
        frame.fp_saved_at = saved_location(walk, cursor, LW_UNWIND_FP);
        if (frame.fp_saved_at == 0)
            frame.fp_saved_at = left_at;
        if (!step(walk, &frame, &left_at))
            return;
        unw.get_reg(cursor, UNW_REG_IP, &caller);
        unw.get_reg(cursor, UNW_REG_SP, &cfa);
        if (caller == 0)
            return;
        bool above_is_of_signal = unw.is_signal_frame(cursor) > 0;
        if (frame.is_of_signal || above_is_of_signal || cfa <= frame.sp)
            walk->learnable = false; /* restored from a signal context, or switched to another stack */
        else if (!frame.is_signed)
            depend(walk, &frame, cfa, return_location(walk, cursor, &frame, cfa), caller);
        walk->interrupted |= was_interrupted(frame.pc, caller);
        frame = (struct frame){
            .pc = caller, .sp = cfa, .is_of_signal = above_is_of_signal, .is_interrupted = frame.is_of_signal};
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
    walk->learnable = true;
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
