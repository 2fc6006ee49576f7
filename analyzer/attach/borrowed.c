/* Borrows a thread by ptrace. */
#if defined(__x86_64__)
#include "borrowed.h"

#include <elf.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/heap.h"
#include "base/moment.h"
#include "interrupted.h"
#include "safe_point.h"
#include "stub.h"

#define MILLISECOND 1000000ULL
#define PATIENCE (3000 * MILLISECOND) /* until it stands still, or comes out of a call */
enum { TRIES = 3000, SYSTEM_CALL_STOP = SIGTRAP | 0x80 };
enum { AS_LONG = 20 }; /* the usual tries: the rest between two looks at a thread that sleeps */

/* ---- Registers --------------------------------------------------------------------------------------------------- */

static bool registers_get(pid_t thread, struct user_regs_struct *registers)
{
    struct iovec room = {registers, sizeof *registers};
    return ptrace(PTRACE_GETREGSET, thread, (void *)NT_PRSTATUS, &room) == 0;
}

static bool registers_set(pid_t thread, const struct user_regs_struct *registers)
{
    struct iovec room = {(void *)(uintptr_t)registers, sizeof *registers};
    return ptrace(PTRACE_SETREGSET, thread, (void *)NT_PRSTATUS, &room) == 0;
}

static bool mask_get(pid_t thread, uint64_t *mask)
{
    return ptrace(PTRACE_GETSIGMASK, thread, (void *)sizeof *mask, mask) == 0;
}

static bool mask_set(pid_t thread, uint64_t mask)
{
    return ptrace(PTRACE_SETSIGMASK, thread, (void *)sizeof mask, &mask) == 0;
}

/* ---- Stops ------------------------------------------------------------------------------------------------------- */

static void rest(long microseconds)
{
    nanosleep(&(struct timespec){.tv_nsec = microseconds * 1000}, NULL);
}

/* The next stop; 0: it does not come, or the thread is gone. */
static int next_stop(struct borrowed *borrowed)
{
    uint64_t last_look = moment__now(), until = last_look + PATIENCE;
    int status = 0;
    for (long pause = 2; moment__now() < until; pause = pause < 200 ? pause * 2 : pause) {
        uint64_t looked = moment__now();
        pid_t which = waitpid(borrowed->thread, &status, __WALL | WNOHANG);
        if (which == borrowed->thread) {
            borrowed->before_stop = last_look;
            return WIFSTOPPED(status) ? status : 0;
        }
        last_look = looked;
        if (which < 0 && errno != EINTR)
            return 0;
        rest(pause);
    }
    return 0;
}

static bool is_event_stop(int status)
{
    return status >> 16 == PTRACE_EVENT_STOP;
}

/* Another stop is for a signal: that is the thread's, and reaches it. One that the program ignores stops only who is
 * traced: of that no call fails either. */
static bool go_on_with(const struct borrowed *borrowed, enum __ptrace_request how, int status)
{
    int signal = status >> 16 == 0 && WSTOPSIG(status) != SYSTEM_CALL_STOP ? WSTOPSIG(status) : 0;
    struct user_regs_struct registers;
    if (signal != 0 && registers_get(borrowed->thread, &registers) && interrupted__make_again(&registers))
        registers_set(borrowed->thread, &registers);
    return ptrace(how, borrowed->thread, NULL, (void *)(long)signal) == 0;
}

/* Has it stand still where an interrupted call is done again by whoever sets its registers. */
static bool interrupt(struct borrowed *borrowed)
{
    if (ptrace(PTRACE_INTERRUPT, borrowed->thread, NULL, NULL) != 0)
        return false;
    int status = next_stop(borrowed);
    while (status != 0 && !is_event_stop(status)) {
        if (!go_on_with(borrowed, PTRACE_CONT, status))
            return false;
        status = next_stop(borrowed);
    }
    return status != 0;
}

/* The same from a stop at the end of a call: it is asked for first, and comes before any instruction. */
static bool interrupt_again(struct borrowed *borrowed)
{
    if (ptrace(PTRACE_INTERRUPT, borrowed->thread, NULL, NULL) != 0)
        return false;
    int status = 0;
    do {
        if (!go_on_with(borrowed, PTRACE_CONT, status))
            return false;
        status = next_stop(borrowed);
    } while (status != 0 && !is_event_stop(status));
    return status != 0;
}

static bool next_call_stop(struct borrowed *borrowed)
{
    int status = 0;
    do {
        if (!go_on_with(borrowed, PTRACE_SYSCALL, status))
            return false;
        status = next_stop(borrowed);
    } while (status != 0 && (status >> 16 != 0 || WSTOPSIG(status) != SYSTEM_CALL_STOP));
    return status != 0;
}

/* While a thread stands still for us, both come before others, as far as that is allowed: first we … */
static void hurry(bool is_hurried)
{
    const struct sched_param first = {.sched_priority = 1}, usual = {.sched_priority = 0};
    if (sched_setscheduler(0, is_hurried ? SCHED_FIFO : SCHED_OTHER, is_hurried ? &first : &usual) != 0)
        setpriority(PRIO_PROCESS, 0, is_hurried ? -20 : 0);
}

/* … then the thread, once it finds its way back by itself, and that includes this. One that has its own way to a processor
 * keeps it. */
static void hurry_thread(const struct borrowed *borrowed, bool is_hurried)
{
    const struct sched_param first = {.sched_priority = 1};
    uint32_t policy = (uint32_t)(borrowed->schedule[0] >> 32);
    if (policy != SCHED_OTHER && policy != SCHED_BATCH)
        return;
    if (is_hurried)
        sched_setscheduler(borrowed->thread, SCHED_FIFO, &first);
    else
        syscall(SYS_sched_setattr, borrowed->thread, borrowed->schedule, 0);
}

/* ---- In and out -------------------------------------------------------------------------------------------------- */

static void note_pause(struct borrowed *borrowed)
{
    uint64_t pause = moment__now() - borrowed->since;
    if (pause > borrowed->longest)
        borrowed->longest = pause;
}

static char *refuse_to_seize(const struct attach_target *target, int error)
{
    if (error == EPERM)
        return heap__printed("process %u (%s) may not be traced: it is %sprotected, under a debugger, or "
                             "kernel.yama.ptrace_scope forbids it%s",
                             target->pid, target->name, geteuid() == 0 ? "" : "another user's, ",
                             geteuid() == 0 ? "" : "; run this as root");
    return heap__printed("process %u (%s) cannot be traced: %s", target->pid, target->name, strerror(error));
}

/* Whatever becomes of the thread from here on, its call will not have failed because of us. */
static bool look(struct borrowed *borrowed)
{
    return registers_get(borrowed->thread, &borrowed->saved) &&
           (!interrupted__make_again(&borrowed->saved) || registers_set(borrowed->thread, &borrowed->saved)) &&
           mask_get(borrowed->thread, &borrowed->mask) &&
           syscall(SYS_sched_getattr, borrowed->thread, borrowed->schedule, sizeof borrowed->schedule, 0) == 0;
}

/* In the same call as before: it has not come out of it. */
static bool sleeps_on(const struct borrowed *borrowed, const struct user_regs_struct *before)
{
    const struct user_regs_struct *now = &borrowed->saved;
    return (long)now->orig_rax >= 0 && now->orig_rax == before->orig_rax && now->rip == before->rip &&
           now->rsp == before->rsp;
}

/* It runs, and signals reach it: those of a timer that is often due would else have it stand still again at once. */
static bool let_run(const struct borrowed *borrowed, long microseconds)
{
    uint64_t until = moment__now() + (uint64_t)microseconds * 1000;
    int status;
    do {
        pid_t which = waitpid(borrowed->thread, &status, __WALL | WNOHANG);
        if (which == borrowed->thread) {
            if (!WIFSTOPPED(status) ||
                !go_on_with(borrowed, is_event_stop(status) ? PTRACE_LISTEN : PTRACE_CONT, status))
                return false;
        } else if (which < 0 && errno != EINTR)
            return false;
        else
            rest(50);
    } while (moment__now() < until);
    return true;
}

/* Not at a point that is safe: a little later it is elsewhere; what sleeps is disturbed less often. */
static bool try_again(struct borrowed *borrowed, bool is_asleep)
{
    note_pause(borrowed);
    if (ptrace(PTRACE_CONT, borrowed->thread, NULL, NULL) != 0)
        return false;
    borrowed->tries += is_asleep ? AS_LONG : 1;
    bool stands =
        let_run(borrowed, is_asleep ? AS_LONG * 500 : 100 + (long)(moment__now() / 1000 % 700)) && interrupt(borrowed);
    borrowed->since = borrowed->before_stop;
    return stands;
}

/* At a safe point; else false, and why is why not, when it was last seen. */
static bool find_safe_point(struct borrowed *borrowed, struct frames *frames, enum safe_point *why)
{
    bool is_asleep = false;
    while ((*why = safe_point__judge(borrowed->target, frames, &borrowed->saved, borrowed->mask)) != SAFE_POINT) {
        struct user_regs_struct before = borrowed->saved;
        if (borrowed->tries >= TRIES || !try_again(borrowed, is_asleep) || !look(borrowed))
            return false;
        is_asleep = sleeps_on(borrowed, &before);
    }
    return true;
}

char *borrowed__stop(struct borrowed *borrowed, const struct attach_target *target, struct frames *frames)
{
    enum safe_point why = SAFE_POINT;
    *borrowed = (struct borrowed){.target = target, .thread = (pid_t)target->pid};
    if (ptrace(PTRACE_SEIZE, borrowed->thread, NULL, (void *)PTRACE_O_TRACESYSGOOD) != 0) {
        borrowed->thread = 0;
        return refuse_to_seize(target, errno);
    }
    hurry(true);
    bool stands = interrupt(borrowed) && look(borrowed);
    borrowed->since = borrowed->before_stop;
    if (stands && (frames == NULL || find_safe_point(borrowed, frames, &why)))
        return NULL;
    ptrace(PTRACE_DETACH, borrowed->thread, NULL, NULL);
    borrowed->thread = 0;
    hurry(false);
    if (borrowed->tries >= TRIES)
        return heap__printed("process %u (%s) was never where a second thread does no harm: when last seen its only "
                             "thread %s; ask again later",
                             target->pid, target->name, safe_point__tell(why));
    return heap__printed("process %u (%s) does not stop: it has ended, or waits for a device", target->pid,
                         target->name);
}

/* With an interrupted call the thread does itself what the kernel would, in case that we cannot ask that to. */
static void plan_return(const struct borrowed *borrowed, struct stub_return *back)
{
    enum { OVERFLOW = 11 };
    struct user_regs_struct from = borrowed->saved;
    interrupted__rewind(&from);
    *back = (struct stub_return){from.rax, from.rbx, from.rcx, from.rdx, from.rsi, from.rdi,
                                 from.rbp, from.rsp, from.r8,  from.r9,  from.r10, from.r11,
                                 from.r12, from.r13, from.r14, from.r15, from.rip, .mask = borrowed->mask};
    memcpy(back->schedule, borrowed->schedule, sizeof back->schedule);
    back->flags = (from.eflags & 0xff) << 8;
    back->overflow = from.eflags >> OVERFLOW & 1;
}

/* In the rest of the last page of code, of the C library or the loader. */
static uint64_t place_of_stub(const struct attach_target *target, size_t bytes)
{
    const struct image *const images[] = {&target->libc, &target->loader};
    for (size_t i = 0; i < sizeof images / sizeof images[0]; i++) {
        uint64_t start = (images[i]->code_end + 63) & ~63ULL;
        if (start + bytes <= images[i]->code_limit)
            return start;
    }
    return 0;
}

/* By the tracer's own way, which also writes where the process itself may not. */
static bool poke(const struct borrowed *borrowed, uint64_t address, const unsigned char *bytes, size_t count)
{
    for (size_t at = 0; at < count; at += sizeof(long)) {
        long word = 0;
        memcpy(&word, bytes + at, count - at < sizeof word ? count - at : sizeof word);
        if (ptrace(PTRACE_POKEDATA, borrowed->thread, (void *)(address + at), (void *)word) != 0)
            return false;
    }
    return true;
}

static char *put_stub(struct borrowed *borrowed)
{
    size_t count = stub_size;
    unsigned char *bytes = heap__zeroed(1, count);
    uint64_t place = place_of_stub(borrowed->target, count + sizeof(long));
    struct stub_return back;
    plan_return(borrowed, &back);
    memcpy(bytes, stub_begin, count);
    memcpy(bytes, &back, sizeof back);
    bool good = place != 0 && poke(borrowed, place, bytes, count);
    free(bytes);
    if (!good)
        return heap__printed("process %u (%s) has no room for a few instructions behind its C library's code",
                             borrowed->target->pid, borrowed->target->name);
    borrowed->stub = place;
    return NULL;
}

static char *gone(const struct borrowed *borrowed)
{
    return heap__printed("process %u (%s) ended, or was stopped, amid it", borrowed->target->pid,
                         borrowed->target->name);
}

char *borrowed__call(struct borrowed *borrowed, long number, const uint64_t arguments[6], uint64_t for_child,
                     int64_t *result)
{
    char *reason = borrowed->stub == 0 ? put_stub(borrowed) : NULL;
    if (reason != NULL)
        return reason;
    struct user_regs_struct registers = borrowed->saved;
    registers.rip = borrowed->stub + stub_entry;
    registers.rax = (uint64_t)number;
    registers.orig_rax = UINT64_MAX; /* no call that was interrupted */
    registers.rdi = arguments[0];
    registers.rsi = arguments[1];
    registers.rdx = arguments[2];
    registers.r10 = arguments[3];
    registers.r8 = arguments[4];
    registers.r9 = arguments[5];
    registers.r12 = for_child;
    /* From here on the thread finds its way back alone. In this order: had we ended between the two, its signals would else
     * stay blocked. */
    if (!registers_set(borrowed->thread, &registers) || !mask_set(borrowed->thread, UINT64_MAX))
        return gone(borrowed);
    hurry_thread(borrowed, true);
    bool has_begun = next_call_stop(borrowed), has_ended = has_begun && next_call_stop(borrowed);
    if (!has_ended || !registers_get(borrowed->thread, &registers))
        return gone(borrowed);
    *result = (int64_t)registers.rax;
    return NULL;
}

void borrowed__give_back(struct borrowed *borrowed)
{
    if (borrowed->stub != 0 && interrupt_again(borrowed)) {
        hurry_thread(borrowed, false);
        if (mask_set(borrowed->thread, borrowed->mask))
            registers_set(borrowed->thread, &borrowed->saved);
    }
    ptrace(PTRACE_DETACH, borrowed->thread, NULL, NULL);
    note_pause(borrowed);
    hurry(false);
}
#endif
