/* Is the one thread of a process where a second one does no harm? */
#if defined(__x86_64__)
#include "safe_point.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "status.h"

enum { WORDS = 4096, FUNCTION = 0x400 /* bytes of one, at most */ };

/* Those in which programs wait; and others, none of which allocates, though what allocates may make one. */
static const short waiting[] = {
    SYS_epoll_wait, SYS_epoll_pwait,     SYS_poll,          SYS_ppoll,           SYS_select,
    SYS_pselect6,   SYS_nanosleep,       SYS_accept,        SYS_clock_nanosleep, SYS_accept4,
    SYS_recvfrom,   SYS_recvmsg,         SYS_recvmmsg,      SYS_wait4,           SYS_waitid,
    SYS_pause,      SYS_rt_sigtimedwait, SYS_rt_sigsuspend, SYS_restart_syscall, SYS_semop,
    SYS_semtimedop, SYS_msgrcv,          SYS_flock,         SYS_connect};
static const short passing[] = {SYS_read,       SYS_write, SYS_readv,  SYS_writev, SYS_pread64,
                                SYS_pwrite64,   SYS_close, SYS_openat, SYS_sendto, SYS_sendmsg,
                                SYS_newfstatat, SYS_fstat, SYS_lseek,  SYS_fsync,  SYS_fdatasync};

/* In which it becomes two, or another. */
static const short starting[] = {SYS_clone,  SYS_clone3,   SYS_fork, SYS_vfork,
                                 SYS_execve, SYS_execveat, SYS_exit, SYS_exit_group};

static const char *const allocating[] = {"malloc",         "free",          "calloc",      "realloc",
                                         "posix_memalign", "aligned_alloc", "malloc_trim", "memalign"};
enum { ALLOCATING = sizeof allocating / sizeof allocating[0] };

static bool is_in(uint64_t address, uint64_t start, uint64_t end)
{
    return address >= start && address < end;
}

static bool is_in_loader(const struct attach_target *target, uint64_t address)
{
    return is_in(address, target->loader.code_start, target->loader.code_end);
}

/* Of another module than the C library. */
static bool is_in_allocator(const struct attach_target *target, uint64_t address)
{
    return is_in(address, target->allocator_start, target->allocator_end);
}

static bool is_in_libc(const struct attach_target *target, uint64_t address)
{
    return is_in(address, target->libc.code_start, target->libc.code_end);
}

/* mov $15, %rax; syscall */
static bool is_return_from_handler(const struct attach_target *target, uint64_t address)
{
    static const unsigned char code[] = {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05};
    unsigned char there[sizeof code];
    return is_in_libc(target, address) && attach_target__read(target, address, there, sizeof there) &&
           memcmp(there, code, sizeof code) == 0;
}

/* At a system call's instruction, which is to be done again, or behind it. */
static bool is_at_call(const struct attach_target *target, uint64_t address)
{
    static const unsigned char code[] = {0x0f, 0x05};
    unsigned char there[4];
    return attach_target__read(target, address - 2, there, sizeof there) &&
           (memcmp(there, code, sizeof code) == 0 || memcmp(there + 2, code, sizeof code) == 0);
}

static bool is_allocating(const uint64_t *functions, uint64_t address)
{
    for (int i = 0; i < ALLOCATING; i++)
        if (functions[i] != 0 && address > functions[i] && address < functions[i] + FUNCTION)
            return true;
    return false;
}

/* Is one of what must not be there among the words of its stack? */
static bool stack_has(const struct attach_target *target, uint64_t stack, bool of_handlers, bool of_allocating)
{
    uint64_t words[WORDS], functions[ALLOCATING];
    for (int i = 0; i < ALLOCATING; i++)
        functions[i] = image__symbol(&target->libc, allocating[i]);
    ssize_t bytes = pread(target->memory, words, sizeof words, (off_t)stack);
    for (ssize_t i = 0; i < bytes / (ssize_t)sizeof words[0]; i++)
        if ((of_allocating && is_allocating(functions, words[i])) ||
            (of_handlers && is_return_from_handler(target, words[i])))
            return true;
    return bytes <= 0;
}

static bool is_among(const short *calls, size_t count, long number)
{
    for (size_t i = 0; i < count; i++)
        if (calls[i] == number)
            return true;
    return false;
}

static bool may_be_in_handler(const struct attach_target *target, uint64_t mask)
{
    struct status status;
    return mask != 0 && (!status__read(&status, target->pid) || (status.caught & mask) != 0);
}

/* ---- Where its stack can be followed ----------------------------------------------------------------------------- */

struct look {
    const struct attach_target *target;
    bool is_interrupted; /* by a signal, whose handler is at work */
    enum safe_point why;
};

static enum safe_point judge_frame(const struct look *look, const struct frame *frame)
{
    const struct attach_target *target = look->target;
    bool is_in_libraries = is_in_libc(target, frame->address) || is_in_allocator(target, frame->address);
    if (is_in(frame->address, target->malloc_code.start, target->malloc_code.end) ||
        (is_in_allocator(target, frame->address) && !target->allocates_itself))
        return look->is_interrupted ? SAFE_POINT_INTERRUPTED_ALLOCATOR : SAFE_POINT_ALLOCATES;
    if (is_in_loader(target, frame->address))
        return SAFE_POINT_LOADS;
    return frame->is_interrupted && is_in_libraries && !is_at_call(target, frame->next) ? SAFE_POINT_INTERRUPTED_LIBRARY
                                                                                        : SAFE_POINT;
}

static bool take_frame(void *context, const struct frame *frame)
{
    struct look *look = context;
    look->is_interrupted |= frame->is_interrupted;
    look->why = judge_frame(look, frame);
    return look->why == SAFE_POINT;
}

/* ---- Where it cannot --------------------------------------------------------------------------------------------- */

static bool is_waiting(long call)
{
    return is_among(waiting, sizeof waiting / sizeof waiting[0], call);
}

static bool is_usual(long call)
{
    return is_waiting(call) || is_among(passing, sizeof passing / sizeof passing[0], call);
}

static enum safe_point judge_by_words(const struct attach_target *target, const struct user_regs_struct *registers,
                                      uint64_t mask)
{
    long call = (long)registers->orig_rax;
    bool in_handler = may_be_in_handler(target, mask);
    if (call >= 0 && (!is_in_libc(target, registers->rip) || !is_usual(call)))
        return SAFE_POINT_UNKNOWN_CALL;
    if (is_waiting(call) && !in_handler)
        return SAFE_POINT;
    if (!stack_has(target, registers->rsp, in_handler, !is_waiting(call)))
        return SAFE_POINT;
    return call >= 0 ? SAFE_POINT_UNKNOWN : SAFE_POINT_MAY_RUN;
}

/* ---- The answer -------------------------------------------------------------------------------------------------- */

static bool runs_in_library(const struct attach_target *target, uint64_t address)
{
    return is_in_libc(target, address) || is_in_loader(target, address) || is_in_allocator(target, address);
}

enum safe_point safe_point__judge(const struct attach_target *target, struct frames *frames,
                                  const struct user_regs_struct *registers, uint64_t mask)
{
    long call = (long)registers->orig_rax;
    struct look look = {.target = target};
    if (call < 0)
        return runs_in_library(target, registers->rip) ? SAFE_POINT_RUNS : judge_by_words(target, registers, mask);
    if (is_among(starting, sizeof starting / sizeof starting[0], call))
        return SAFE_POINT_STARTS;
    bool is_known = frames__walk(frames, registers, take_frame, &look);
    if (look.why != SAFE_POINT)
        return look.why;
    if (!is_known || target->malloc_code.end == 0)
        return judge_by_words(target, registers, mask);
    /* Of a program's own allocator there is no saying where it ends. */
    if (target->allocates_itself && look.is_interrupted)
        return SAFE_POINT_INTERRUPTED_LIBRARY;
    return target->allocates_itself && !is_usual(call) ? SAFE_POINT_UNKNOWN_CALL : SAFE_POINT;
}

const char *safe_point__tell(enum safe_point why)
{
    static const char *const told[] = {
        [SAFE_POINT] = "does no harm",
        [SAFE_POINT_RUNS] = "ran in the C library, the loader or an allocator, perhaps in malloc",
        [SAFE_POINT_MAY_RUN] = "ran, and by what is on its stack perhaps in malloc",
        [SAFE_POINT_STARTS] = "was starting or ending a process",
        [SAFE_POINT_ALLOCATES] = "was in malloc, or its like",
        [SAFE_POINT_LOADS] = "was loading a library, or in its constructors",
        [SAFE_POINT_INTERRUPTED_ALLOCATOR] = "was in a signal handler, which has interrupted malloc, or its like",
        [SAFE_POINT_INTERRUPTED_LIBRARY] =
            "was in a signal handler, which has interrupted the C library, or what may be an allocator",
        [SAFE_POINT_UNKNOWN] = "was in a system call, perhaps in malloc: its stack cannot be followed to its end",
        [SAFE_POINT_UNKNOWN_CALL] =
            "was in a system call of which it is not known whether malloc, or its like, made it",
    };
    return told[why];
}
#endif
